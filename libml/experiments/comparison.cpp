#include "libml/experiments/comparison.hpp"

#include <algorithm>
#include <map>

#include "libml/experiments/quantity.hpp"
#include "libpmd/base/statistics/average.hpp"

namespace bondscope::ml {
namespace {

/// Absolute errors by run, the mean over seeds where there are several.
std::map<std::uint64_t, double> mean_errors_of(const Reproduction& all, const std::string& experiment,
                                               const std::string& quantity) {
  std::map<std::uint64_t, std::vector<double>> by_run;
  for (const auto& result : all.results)
    if (result.experiment == experiment && result.quantity == quantity)
      for (const auto& [run, error] : result.errors)
        by_run[run].push_back(error);
  std::map<std::uint64_t, double> means;
  for (const auto& [run, errors] : by_run)
    means[run] = mean(errors);
  return means;
}

}  // namespace

std::vector<Comparison> comparisons(const Reproduction& reproduction) {
  constexpr std::uint64_t bootstrap_seed = 1;
  std::vector<Comparison> found;
  for (const auto& experiment : reproduction.experiments) {
    for (const auto& with : experiment.compare_with)
      for (const auto& quantity : quantities(experiment)) {
        const auto own = mean_errors_of(reproduction, experiment.name, quantity),
                   other = mean_errors_of(reproduction, with, quantity);
        std::vector<double> differences;
        for (const auto& [run, error] : own)
          if (const auto same = other.find(run); same != other.end())
            differences.push_back(error - same->second);
        if (differences.size() < 2) continue;
        found.push_back({experiment.name, with, quantity, unit_of(quantity), mean(differences),
                         bootstrap_mean_95(differences, bootstrap_seed), differences.size()});
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
