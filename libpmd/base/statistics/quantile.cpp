#include "libpmd/base/statistics/quantile.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "libpmd/base/random/random.hpp"

namespace bondscope {

double quantile(std::vector<double> values, double q) {
  std::sort(values.begin(), values.end());
  const double position = q * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(position);
  const auto above = std::min(below + 1, values.size() - 1);
  const double fraction = position - static_cast<double>(below);
  // Where lerp() would make nan of infinite values.
  if (fraction == 0 || values[below] == values[above]) return values[below];
  if (std::isinf(values[above])) return values[above];
  return std::lerp(values[below], values[above], fraction);
}

double median(std::vector<double> values) {
  return quantile(std::move(values), 0.5);
}

double robust_deviation(std::vector<double> values) {
  if (values.empty()) return 0;
  const double centre = median(values);
  for (auto& value : values)
    value = std::abs(value - centre);
  return 1.4826 * median(std::move(values));
}

ConfidenceInterval interval_95(const std::vector<double>& values) {
  return {quantile(values, 0.025), quantile(values, 0.975)};
}

ConfidenceInterval bootstrap_mean_95(std::span<const double> values, std::uint64_t seed, int resamples) {
  Random random(seed, "bootstrap");
  std::vector<double> means;
  for (int r = 0; r < resamples; ++r) {
    double sum = 0;
    for (std::size_t i = 0; i < values.size(); ++i)
      sum += values[random.below(values.size())];
    means.push_back(sum / static_cast<double>(values.size()));
  }
  return interval_95(means);
}

}  // namespace bondscope
