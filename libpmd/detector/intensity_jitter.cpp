#include "libpmd/detector/intensity_jitter.hpp"

#include <cmath>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "libpmd/base/error.hpp"
#include "libpmd/base/text/number.hpp"

namespace bondscope {

namespace {

/// Hermite polynomials orthonormal under exp(-x²/2)/√(2π), of degree `n` and one less.
std::pair<double, double> hermite(int n, double x) {
  double value = 1, before = 0;
  for (int k = 1; k <= n; ++k)
    before = std::exchange(value, (x * value - std::sqrt(static_cast<double>(k - 1)) * before) /
                                      std::sqrt(static_cast<double>(k)));
  return {value, before};
}

/// The zeros >= 0, ascending. Those of degree most_intensity_nodes are ten steps apart.
std::vector<double> zeros_of_hermite(int n) {
  constexpr double step = 0.05;
  std::vector<double> zeros;
  if (n % 2 == 1) zeros.push_back(0);
  const double last = 2 * std::sqrt(static_cast<double>(n)) + 1;
  for (double low = step / 2; low < last; low += step) {
    double a = low, b = low + step;
    if ((hermite(n, a).first < 0) == (hermite(n, b).first < 0)) continue;
    for (int i = 0; i < 60; ++i) {
      const double middle = 0.5 * (a + b);
      ((hermite(n, a).first < 0) == (hermite(n, middle).first < 0) ? a : b) = middle;
    }
    zeros.push_back(0.5 * (a + b));
  }
  return zeros;
}

}  // namespace

std::vector<IntensityNode> intensity_nodes(double relative_deviation, int count) {
  if (!(relative_deviation >= 0 && relative_deviation <= largest_intensity_jitter))
    throw ConfigError(fmt::format("intensity jitter: {} is out of range; expected 0 to {}",
                                  format_number(relative_deviation),
                                  format_number(largest_intensity_jitter)));
  if (count < 1 || count > most_intensity_nodes)
    throw ConfigError(
        fmt::format("intensity nodes: {} is out of range; expected 1 to {}", count, most_intensity_nodes));
  if (relative_deviation == 0) return {{1, 1}};
  std::vector<IntensityNode> nodes;
  for (const double zero : zeros_of_hermite(count)) {
    const double weight = 1 / (count * std::pow(hermite(count, zero).second, 2));
    nodes.push_back({1 + relative_deviation * zero, weight});
    if (zero > 0) nodes.push_back({1 - relative_deviation * zero, weight});
  }
  if (nodes.back().factor <= 0)
    throw ConfigError(
        fmt::format("intensity nodes: with a jitter of {} {} nodes reach intensities below 0; expected fewer",
                    format_number(relative_deviation), count));
  return nodes;
}

std::vector<float> jittered(const DistributionAt& at, const RunParameters& parameters,
                            double relative_deviation, int nodes) {
  std::vector<double> mean;
  for (const auto& node : intensity_nodes(relative_deviation, nodes)) {
    RunParameters shot = parameters;
    shot.intensity_w_cm2 *= node.factor;
    const auto pmd = at(shot);
    if (mean.empty()) mean.resize(pmd.size());
    if (pmd.size() != mean.size())
      throw DataError(
          fmt::format("intensity jitter: distributions of {} and of {} values", mean.size(), pmd.size()));
    for (std::size_t i = 0; i < pmd.size(); ++i)
      mean[i] += node.weight * pmd[i];
  }
  return {mean.begin(), mean.end()};
}

}  // namespace bondscope
