#include "libml/experiments/intervals.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "libpmd/base/files/hash.hpp"
#include "libpmd/base/random/random.hpp"
#include "libpmd/base/statistics/average.hpp"

namespace bondscope::ml {
namespace {

constexpr std::uint64_t seed_of_draws = 1;
constexpr int draws = 2000;

std::string key_of(const ErrorTable& own, const ErrorTable& other) {
  Hash hash;
  for (const auto* table : {&own, &other}) {
    hash.add(table->size());
    for (const auto& errors : *table)
      hash.add(errors);
  }
  return hash.wide_text();
}

/// Of the runs drawn, by seed: the mean over as many seeds, drawn as well.
double mean_of_drawn_seeds(const std::vector<double>& by_seed, Random& random) {
  const auto count = by_seed.size();
  const double centre = mean(by_seed);
  if (count == 1) return centre;
  double sum = 0;
  for (std::size_t i = 0; i < count; ++i)
    sum += by_seed[random.below(count)];
  const auto n = static_cast<double>(count);
  return centre + (sum / n - centre) * std::sqrt(n / (n - 1));
}

}  // namespace

std::vector<std::map<std::uint64_t, double>> errors_of(const std::vector<Result>& results,
                                                       const std::string& experiment,
                                                       const std::string& quantity) {
  std::vector<std::map<std::uint64_t, double>> errors;
  for (const auto& result : results)
    if (result.experiment == experiment && result.quantity == quantity && !result.errors.empty())
      errors.push_back(result.errors);
  return errors;
}

std::pair<ErrorTable, ErrorTable> on_common_runs(const std::vector<std::map<std::uint64_t, double>>& own,
                                                 const std::vector<std::map<std::uint64_t, double>>& other) {
  std::pair<ErrorTable, ErrorTable> tables{ErrorTable(own.size()), ErrorTable(other.size())};
  if (own.empty()) return tables;
  for (const auto& [run, error] : own.front()) {
    const auto tested = [run = run](const auto& errors) { return errors.contains(run); };
    if (!std::ranges::all_of(own, tested) || !std::ranges::all_of(other, tested)) continue;
    for (std::size_t s = 0; s < own.size(); ++s)
      tables.first[s].push_back(own[s].at(run));
    for (std::size_t s = 0; s < other.size(); ++s)
      tables.second[s].push_back(other[s].at(run));
  }
  return tables;
}

ConfidenceInterval Intervals::of_mean(const ErrorTable& errors) {
  return of_difference(errors, {});
}

ConfidenceInterval Intervals::of_difference(const ErrorTable& own, const ErrorTable& other) {
  const auto [known, unknown] = known_.emplace(key_of(own, other), ConfidenceInterval{});
  if (!unknown) return known->second;
  Random random(seed_of_draws, "bootstrap of seeds and runs");
  const auto runs = own.front().size();
  std::vector<std::size_t> drawn(runs);
  const auto mean_of = [&](const ErrorTable& table) {
    std::vector<double> by_seed;
    for (const auto& errors : table) {
      double sum = 0;
      for (const auto run : drawn)
        sum += errors[run];
      by_seed.push_back(sum / static_cast<double>(runs));
    }
    return by_seed.empty() ? 0 : mean_of_drawn_seeds(by_seed, random);
  };
  std::vector<double> means;
  for (int r = 0; r < draws; ++r) {
    for (auto& run : drawn)
      run = random.below(runs);
    const double ours = mean_of(own);
    means.push_back(ours - mean_of(other));
  }
  return known->second = interval_95(means);
}

}  // namespace bondscope::ml
