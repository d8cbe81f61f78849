#pragma once

// What the order of values says about them.

#include <vector>

namespace bondscope {

/// Linear between order statistics; q in [0, 1], `values` not empty. Values may be infinite: between one that
/// is not and one that is, the quantile is infinite.
double quantile(std::vector<double> values, double q);
double median(std::vector<double> values);

/// 1.4826 × median absolute deviation: the standard deviation if the values are normally distributed; 0 of
/// nothing.
double robust_deviation(std::vector<double> values);

struct ConfidenceInterval {
  double low = 0, high = 0;
};

/// 2.5 % and 97.5 % quantiles, of a bootstrap's results.
ConfidenceInterval interval_95(const std::vector<double>& values);

}  // namespace bondscope
