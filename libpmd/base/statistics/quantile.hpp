#pragma once

#include <vector>

namespace bondscope {

/// Linear between order statistics; q in [0, 1], `values` not empty. Values may be infinite: between one that
/// is not and one that is, the quantile is infinite.
double quantile(std::vector<double> values, double q);

}  // namespace bondscope
