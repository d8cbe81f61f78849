#pragma once

#include <cstdint>
#include <span>

#include "libpmd/base/statistics/quantile.hpp"

namespace bondscope {

/// 95 % interval of the mean over `resamples` draws with replacement (percentile bootstrap); `values` not
/// empty.
ConfidenceInterval bootstrap_mean_95(std::span<const double> values, std::uint64_t seed,
                                     int resamples = 2000);

}  // namespace bondscope
