#pragma once

// How crowded it is around each point of a scatter plot.

#include <span>
#include <vector>

namespace bondscope::ml::figure {

/// Gaussian kernel density at every point, relative to the highest: (0, 1]. Bandwidths follow Scott's rule,
/// n^(-1/6) of the standard deviation of each coordinate, with the interquartile range in its place where
/// that is narrower, as with a few outliers. Up to `most_exact` points by all pairs, beyond on a grid. `x`
/// and `y` of equal length.
std::vector<double> relative_density(std::span<const double> x, std::span<const double> y,
                                     std::size_t most_exact = 3000);

}  // namespace bondscope::ml::figure
