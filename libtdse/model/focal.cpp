#include "libtdse/model/focal.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string>

#include "libtdse/base/config.hpp"
#include "libtdse/base/error.hpp"

namespace tdse {
namespace {

constexpr int most_nodes = 1000;
constexpr int fine_steps = 400;
constexpr double power_of_rates = 6;
constexpr double rounding = 1e-9;

double ten_digits(double value) {
  std::array<char, 40> text;
  const auto written =
      std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::scientific, 9);
  double rounded = value;
  std::from_chars(text.data(), written.ptr, rounded);
  return rounded;
}

void check_cut(double peak, double lowest) {
  if (!(lowest > 0 && lowest < peak && std::isfinite(peak)))
    throw ConfigError("focal average up to a peak intensity of " + format_number(peak) + ": the lowest, " +
                      format_number(lowest) + ", must be above 0 and below the peak");
}

/// The rule in t, intensities not rounded.
std::vector<FocalNode> rule(double peak, double lowest, int count) {
  const double step = std::acosh(std::sqrt(peak / lowest)) / count;
  std::vector<FocalNode> nodes;
  nodes.reserve(static_cast<std::size_t>(count));
  for (int j = 1; j <= count; ++j) {
    const double s = std::sinh(step * j), c = std::cosh(step * j);
    const double volume_by_t = 2.0 / 3.0 * s * s * (3 + s * s) / c;  // -dV/dI dI/dt
    nodes.push_back({peak / (c * c), step * (j == count ? 0.5 : 1) * volume_by_t});
  }
  return nodes;
}

/// Lagrange's cubics through 0, 1, 2, 3.
std::array<double, 4> cubics(double u) {
  const double a = u, b = u - 1, c = u - 2, d = u - 3;
  return {-b * c * d / 6, a * c * d / 2, -a * b * d / 2, a * b * c / 6};
}

}  // namespace

double focal_volume(double intensity, double peak) {
  if (!(intensity < peak)) return 0;
  const double b = std::sqrt(peak / intensity - 1);
  return 4.0 / 3.0 * (b - std::atan(b)) + 2.0 / 9.0 * b * b * b;
}

std::vector<FocalNode> focal_nodes(double peak, double lowest, int count) {
  check_cut(peak, lowest);
  if (count < 2 || count > most_nodes)
    throw ConfigError("focal average from " + std::to_string(count) + " intensities: expected 2 to " +
                      std::to_string(most_nodes));
  auto nodes = rule(peak, lowest, count);
  for (auto& node : nodes)
    node.intensity = ten_digits(node.intensity);
  return nodes;
}

std::vector<FocalNode> focal_ladder(double peak, double lowest, double ratio) {
  check_cut(peak, lowest);
  if (!(ratio >= 1.01 && ratio <= 2))
    throw ConfigError("focal average on a ladder of ratio " + format_number(ratio) +
                      ": expected 1.01 to 2, e.g. 1.15");
  // A peak that is a node but for rounding is that node.
  const double top = std::max(3.0, std::ceil(std::log(peak / lowest) / std::log(ratio) - rounding));
  if (top >= most_nodes)
    throw ConfigError("focal average from " + format_number(lowest) + " to " + format_number(peak) +
                      " on a ladder of ratio " + format_number(ratio) + ": more than " +
                      std::to_string(most_nodes) + " intensities; raise the ratio or the lowest");
  const int count = static_cast<int>(top) + 1;
  std::vector<FocalNode> nodes(static_cast<std::size_t>(count));
  for (int j = 0; j < count; ++j)
    nodes[j].intensity = lowest * std::pow(ratio, j);
  for (const auto& fine : rule(peak, lowest, fine_steps)) {
    const double place = std::log(fine.intensity / lowest) / std::log(ratio);
    const int first = std::clamp(static_cast<int>(std::floor(place)) - 1, 0, count - 4);
    const auto share = cubics(place - first);
    for (int j = 0; j < 4; ++j) {
      auto& node = nodes[first + j];
      node.weight += fine.weight * share[j] * std::pow(fine.intensity / node.intensity, power_of_rates);
    }
  }
  std::reverse(nodes.begin(), nodes.end());
  for (auto& node : nodes)
    node.intensity = ten_digits(node.intensity);
  return nodes;
}

}  // namespace tdse
