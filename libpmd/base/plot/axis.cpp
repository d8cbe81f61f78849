#include "libpmd/base/plot/axis.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "libpmd/base/plot/markup.hpp"

namespace bondscope {
namespace {

/// Without the last digits' rounding errors.
std::string tick_number(double value) {
  return fmt::format("{:.9g}", value);
}

/// A tick's number, with an exponent only where it would be long without.
std::string tick_label(double value) {
  if (value >= 1e-4 && value < 1e6) return tick_number(value);
  const int power = static_cast<int>(std::floor(std::log10(value) + 1e-9));
  const double factor = value / std::pow(10.0, power);
  const auto ten = fmt::format("10^{{{}}}", short_number(power));
  return std::abs(factor - 1) < 1e-9 ? ten : short_number(factor) + "×" + ten;
}

}  // namespace

PlotRange padded_range(const std::vector<double>& values, double padding) {
  double min = std::numeric_limits<double>::infinity(), max = -min;
  for (const double value : values)
    if (std::isfinite(value)) {
      min = std::min(min, value);
      max = std::max(max, value);
    }
  if (!(min <= max)) return {0, 1};
  double room = padding * (max - min);
  if (max - min <= 1e-9 * std::max(std::abs(min), std::abs(max))) room = max != 0 ? 0.1 * std::abs(max) : 0.5;
  return {min - room, max + room};
}

PlotRange padded_log_range(const std::vector<double>& values, double padding) {
  std::vector<double> logs;
  for (const double value : values)
    logs.push_back(std::log10(value));
  const auto range = padded_range(logs, padding);
  return {std::pow(10, range.min), std::pow(10, range.max)};
}

double tick_step(const PlotRange& range, int wanted) {
  const double rough = range.length() / wanted, power = std::pow(10.0, std::floor(std::log10(rough)));
  for (const double factor : {1.0, 2.0, 5.0})
    if (rough <= factor * power) return factor * power;
  return 10 * power;
}

std::string log_ticks(const PlotRange& range) {
  const double decades = std::log10(range.max / range.min);
  std::vector<double> factors{1};
  if (decades < 3) factors = {1, 2, 5};
  if (decades < 0.8) factors = {1, 1.5, 2, 3, 4, 5, 6, 7, 8, 9};
  std::vector<double> places;
  const int last = static_cast<int>(std::ceil(std::log10(range.max)));
  for (int power = static_cast<int>(std::floor(std::log10(range.min))); power <= last; ++power)
    for (const double factor : factors)
      if (const double at = factor * std::pow(10.0, power);
          at >= range.min * (1 - 1e-9) && at <= range.max * (1 + 1e-9))
        places.push_back(at);
  if (places.size() < 2) {
    places.clear();
    const double step = tick_step(range, 4);
    for (double i = std::ceil(range.min / step * (1 - 1e-9)); i * step <= range.max * (1 + 1e-9); ++i)
      places.push_back(i * step);
  }
  std::vector<std::string> ticks;
  for (const double at : places)
    ticks.push_back(fmt::format("'{}' {}", tick_label(at), tick_number(at)));
  return fmt::format("({})", fmt::join(ticks, ", "));
}

}  // namespace bondscope
