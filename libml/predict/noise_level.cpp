#include "libml/predict/noise_level.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace bondscope::ml {
namespace {

constexpr double half_decade = 0.5;
/// More than any count: what was not counted lies beyond all of them.
constexpr double log_not_counted = 12;

double log_of(double electrons) {
  return electrons > 0 ? std::log10(electrons) : log_not_counted;
}

/// How far an image is from a level; within half a decade it belongs to it.
double distance(const NoiseLevel& level, double electrons) {
  if ((level.electrons > 0) != (electrons > 0))
    return half_decade + std::abs(log_of(electrons) - log_of(level.electrons));
  return std::abs(log_of(electrons) - log_of(level.electrons));
}

}  // namespace

std::vector<NoiseLevel> noise_levels(std::span<const double> electrons) {
  std::vector<std::size_t> order(electrons.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return electrons[i]; });
  std::vector<NoiseLevel> levels;
  for (const auto i : order) {
    if (levels.empty() || distance(levels.back(), electrons[i]) > half_decade)
      levels.push_back({electrons[i], {}});
    levels.back().runs.push_back(i);
  }
  for (auto& level : levels)
    std::ranges::sort(level.runs);
  return levels;
}

bool has_level(std::span<const NoiseLevel> levels, double electrons) {
  return std::ranges::any_of(
      levels, [&](const NoiseLevel& level) { return distance(level, electrons) <= half_decade; });
}

std::size_t level_of(std::span<const NoiseLevel> levels, double electrons) {
  const auto nearest = std::ranges::min_element(
      levels, {}, [&](const NoiseLevel& level) { return distance(level, electrons); });
  return static_cast<std::size_t>(nearest - levels.begin());
}

}  // namespace bondscope::ml
