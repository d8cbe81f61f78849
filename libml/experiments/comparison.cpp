#include "libml/experiments/comparison.hpp"

#include <algorithm>

#include "libml/experiments/intervals.hpp"
#include "libml/experiments/quantity.hpp"
#include "libpmd/base/statistics/average.hpp"

namespace bondscope::ml {
namespace {

double mean_of(const ErrorTable& errors) {
  std::vector<double> by_seed;
  for (const auto& of_seed : errors)
    by_seed.push_back(mean(of_seed));
  return mean(by_seed);
}

}  // namespace

std::vector<Comparison> comparisons(const Reproduction& reproduction) {
  std::vector<Comparison> found;
  for (const auto& experiment : reproduction.experiments) {
    for (const auto& with : experiment.compare_with)
      for (const auto& quantity : quantities(experiment)) {
        const auto& results = reproduction.results;
        const auto theirs = errors_of(results, with, quantity);
        if (theirs.empty()) continue;
        const auto [own, other] = on_common_runs(errors_of(results, experiment.name, quantity), theirs);
        if (own.empty() || own.front().size() < 2) continue;
        found.push_back({experiment.name, with, quantity, unit_of(quantity), mean_of(own) - mean_of(other),
                         reproduction.intervals->of_difference(own, other), own.front().size(), own.size(),
                         other.size()});
      }
  }
  return found;
}

std::vector<MissingComparison> missing_comparisons(const Reproduction& reproduction,
                                                   const std::vector<Comparison>& compared) {
  std::vector<MissingComparison> missing;
  for (const auto& experiment : reproduction.experiments) {
    if (std::ranges::find(reproduction.results, experiment.name, &Result::experiment) ==
        reproduction.results.end())
      continue;
    for (const auto& with : experiment.compare_with)
      if (std::ranges::none_of(compared, [&](const Comparison& c) {
            return c.experiment == experiment.name && c.with == with;
          }))
        missing.push_back({experiment.name, with});
  }
  return missing;
}

}  // namespace bondscope::ml
