#include "libpmd/base/statistics/average.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

namespace bondscope {
namespace {

/// Decimals that show `digits` digits of the value.
int decimals(double value, int digits) {
  if (value == 0) return digits;
  return std::clamp(digits - 1 - static_cast<int>(std::floor(std::log10(std::abs(value)))), 0, 9);
}

}  // namespace

double mean(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

Average average(std::span<const double> values) {
  Average average{.mean = mean(values), .count = values.size()};
  if (values.size() == 1) return average;
  double squares = 0;
  for (const double value : values)
    squares += (value - average.mean) * (value - average.mean);
  average.sd = std::sqrt(squares / static_cast<double>(values.size() - 1));
  return average;
}

std::string describe(const Average& average) {
  const double sd = average.sd.value_or(0), largest = std::max(std::abs(average.mean), sd);
  constexpr double longest = 1e7;
  if (largest >= longest)
    return fmt::format("{:.3g}", average.mean) + (average.sd ? fmt::format(" ± {:.2g}", sd) : "");
  const int places = sd > 0 ? decimals(sd, 2) : decimals(average.mean, 3);
  return fmt::format("{:.{}f}", average.mean, places) +
         (average.sd ? fmt::format(" ± {:.{}f}", sd, places) : "");
}

}  // namespace bondscope
