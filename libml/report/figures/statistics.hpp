#pragma once

// How many and how large the values are decides how a picture is laid out.

#include <cstddef>
#include <vector>

namespace bondscope::ml::figure {

/// Where an axis of sizes ends: at the largest, or where a few outliers would squeeze all others, above 99 %
/// of the values. Positive.
double readable_limit(const std::vector<double>& sizes);

/// Of points in a crowd of `points`.
double point_size(std::size_t points);

}  // namespace bondscope::ml::figure
