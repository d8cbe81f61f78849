#pragma once

// What the figures of a training and its test share beside the paper they are drawn on.

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "libml/data/targets.hpp"
#include "libml/report/evaluation.hpp"
#include "libpmd/base/plot/markup.hpp"
#include "libpmd/base/plot/paper.hpp"

namespace bondscope::ml::figure {

/// "what (unit)" as markup.
std::string axis_markup(const std::string& what, const Target& target);

/// Where an axis of sizes ends: at the largest, or where a few outliers would squeeze all others, above 99 %
/// of the values. Positive.
double readable_limit(const std::vector<double>& sizes);

/// Values whose size is within a limit; what is beyond stands at the limit in a column of its own. nan: not
/// in this column.
struct Clipped {
  std::vector<double> inside, above, below;  ///< within the limit, and beyond it on either side
  std::size_t outside = 0;                   ///< how many are beyond the limit
};
/// Values sorted by whether they are within ±limit.
Clipped clipped(const std::vector<double>& values, double limit);

/// Of points in a crowd of `points`.
double point_size(std::size_t points);

/// Throws DataError if there is nothing to draw or a value is missing or not finite.
void expect_predictions(const std::filesystem::path& png, const Evaluation& evaluation);

/// How crowded it is around each point of a scatter plot: Gaussian kernel density at every point, relative to
/// the highest: (0, 1]. Bandwidths follow Scott's rule, n^(-1/6) of the standard deviation of each
/// coordinate, with the interquartile range in its place where that is narrower, as with a few outliers.
/// Looks at all pairs: a second for some ten thousand points. `x` and `y` of equal length.
std::vector<double> relative_density(std::span<const double> x, std::span<const double> y);

}  // namespace bondscope::ml::figure
