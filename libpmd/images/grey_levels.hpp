#pragma once

// How far two momentum distributions are apart in what a network sees: grey levels of the 8-bit image.

#include <cstddef>
#include <span>

namespace bondscope {

/// |ΔW|·255/|floor|, W = log10(PMD/max) cut off at the floor: one grey level is a 255th of the image's range.
struct GreyDifference {
  double mean = 0, rms = 0, largest = 0;
};

/// Compares samples, not resized images, over the smallest rectangle with all W > floor of the reference: the
/// crop of its image. Each distribution is normalised to its own maximum. Both are [kx][ky] on the same axes,
/// of which ky has `ky_points`. Throws DataError if the shapes do not fit, a value is negative or not finite,
/// or none is positive; ConfigError if the floor is not below 0.
GreyDifference grey_difference(std::span<const float> reference, std::span<const float> other,
                               std::size_t ky_points, double floor = -5);

}  // namespace bondscope
