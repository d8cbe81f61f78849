#include "libml/experiments/comparison.hpp"

#include <algorithm>
#include <optional>
#include <utility>

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

/// A quantity of an experiment.
struct Measured {
  std::string experiment, quantity;  ///< their names
};

/// Nothing where there are no two common tests.
std::optional<Comparison> compared(const Reproduction& reproduction, const Measured& one,
                                   const Measured& with) {
  const auto theirs = errors_of(reproduction.results, with.experiment, with.quantity);
  if (theirs.empty()) return {};
  const auto [own, other] =
      on_common_runs(errors_of(reproduction.results, one.experiment, one.quantity), theirs);
  if (own.empty() || own.front().size() < 2) return {};
  return Comparison{.experiment = one.experiment,
                    .with = with.experiment,
                    .quantity = one.quantity,
                    .unit = unit_of(one.quantity),
                    .quantity_of_other = with.quantity,
                    .difference = mean_of(own) - mean_of(other),
                    .interval_95 = reproduction.intervals->of_difference(own, other),
                    .runs = own.front().size(),
                    .seeds = own.size(),
                    .seeds_of_other = other.size()};
}

/// Which of its quantities are compared with which others.
std::vector<std::pair<std::string, Measured>> asked_for(const Experiment& experiment) {
  const auto measured = quantities(experiment);
  std::vector<std::pair<std::string, Measured>> all;
  for (const auto& with : experiment.compare_with)
    for (const auto& quantity : measured)
      all.emplace_back(quantity, Measured{with, quantity});
  for (const auto& quantity : measured)
    if (std::ranges::count(measured, from_scratch(quantity)) > 0)
      all.emplace_back(quantity, Measured{experiment.name, from_scratch(quantity)});
  return all;
}

}  // namespace

std::vector<Comparison> comparisons(const Reproduction& reproduction) {
  std::vector<Comparison> found;
  for (const auto& experiment : reproduction.experiments)
    for (const auto& [quantity, with] : asked_for(experiment))
      if (auto comparison = compared(reproduction, {experiment.name, quantity}, with))
        found.push_back(std::move(*comparison));
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
