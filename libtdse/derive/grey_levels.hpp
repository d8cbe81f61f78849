#pragma once

// How different two momentum distributions look, in grey levels of the 8-bit image.

#include <cstddef>
#include <span>

namespace tdse {

/// Of |ΔW| · 255/|floor|.
struct GreyDifference {
  double mean = 0, rms = 0, largest = 0;
};

/// Both as W = log10(PMD/max) with a maximum of their own, cut off at `floor`, over the smallest rectangle
/// that holds all W > floor of the reference. [kx][ky] on the same axes. Throws DataError if the sizes differ
/// or a distribution is negative, not finite or nowhere positive, ConfigError if the floor is not below 0.
GreyDifference grey_difference(std::span<const float> pmd, std::span<const float> reference,
                               std::size_t kx_points, std::size_t ky_points, double floor = -5);

}  // namespace tdse
