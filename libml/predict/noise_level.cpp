#include "libml/predict/noise_level.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

namespace bondscope::ml {
namespace {

constexpr double half_decade = 0.5;
/// More than any count: what was not counted lies beyond all of them.
constexpr double log_not_counted = 12;

double log_of(double electrons) {
  return electrons > 0 ? std::log10(electrons) : log_not_counted;
}

/// How far a number is from those of a level, in decades; 0 within.
double distance(const NoiseLevel& level, double electrons) {
  const double at = log_of(electrons);
  return std::max({log_of(level.least) - at, at - log_of(level.most), 0.0});
}

}  // namespace

double NoiseLevel::larger_by(double electrons) const {
  return electrons > 0 && least > electrons ? std::sqrt(least / electrons) : 1;
}

std::vector<NoiseLevel> noise_levels(std::span<const double> electrons) {
  std::vector<std::size_t> order(electrons.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return electrons[i]; });
  std::vector<NoiseLevel> levels;
  for (const auto i : order) {
    const double n = electrons[i];
    const bool same = !levels.empty() && (levels.back().least > 0) == (n > 0) &&
                      log_of(n) - log_of(levels.back().least) <= half_decade;
    if (!same) levels.push_back({n, n, {}});
    levels.back().most = n;
    levels.back().runs.push_back(i);
  }
  for (auto& level : levels)
    std::ranges::sort(level.runs);
  return levels;
}

bool has_level(std::span<const NoiseLevel> levels, double electrons) {
  constexpr double fewer = 0.5, more = 1.5;
  return std::ranges::any_of(levels, [&](const NoiseLevel& level) {
    if ((level.least > 0) != (electrons > 0)) return false;
    return electrons >= fewer * level.least && electrons <= more * level.most;
  });
}

std::size_t level_of(std::span<const NoiseLevel> levels, double electrons) {
  const auto nearest = std::ranges::min_element(
      levels, {}, [&](const NoiseLevel& level) { return distance(level, electrons); });
  return static_cast<std::size_t>(nearest - levels.begin());
}

std::vector<double> parts_of_runs(std::span<const std::size_t> rows, const std::vector<RunParameters>& runs) {
  if (runs.empty()) return std::vector<double>(rows.size(), 1.0);
  std::map<RunParameters, double> count;
  for (const auto row : rows)
    ++count[runs[row]];
  std::vector<double> parts;
  for (const auto row : rows)
    parts.push_back(1 / count[runs[row]]);
  return parts;
}

std::size_t different_runs(std::span<const double> parts) {
  return static_cast<std::size_t>(std::lround(std::accumulate(parts.begin(), parts.end(), 0.0)));
}

}  // namespace bondscope::ml
