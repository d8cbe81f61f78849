#include "libpmd/base/statistics/bootstrap.hpp"

#include <vector>

#include "libpmd/base/random/random.hpp"

namespace bondscope {

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
