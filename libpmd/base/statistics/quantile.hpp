#pragma once

// What the order of values says about them, and a bootstrap about their mean.

#include <cstdint>
#include <span>
#include <vector>

namespace bondscope {

/// Linear between order statistics; q in [0, 1], `values` not empty. Values may be infinite: between one that
/// is not and one that is, the quantile is infinite.
double quantile(std::vector<double> values, double q);
/// The quantile 1/2.
double median(std::vector<double> values);

/// 1.4826 × median absolute deviation: the standard deviation if the values are normally distributed; 0 of
/// nothing.
double robust_deviation(std::vector<double> values);

/// An interval that holds a quantity with a stated probability.
struct ConfidenceInterval {
  double low = 0, high = 0;  ///< its ends
};

/// 2.5 % and 97.5 % quantiles, of a bootstrap's results.
ConfidenceInterval interval_95(const std::vector<double>& values);

/// 95 % interval of the mean over `resamples` draws with replacement (percentile bootstrap); `values` not
/// empty.
ConfidenceInterval bootstrap_mean_95(std::span<const double> values, std::uint64_t seed,
                                     int resamples = 2000);

}  // namespace bondscope
