#pragma once

// Images turned about k = 0 while a network learns from them.

#include <span>
#include <vector>

#include <torch/types.h>

#include "libpmd/images/image.hpp"

namespace bondscope::ml {

/// `images` [n][1][width][height], each turned by its own angle (degrees, from kx towards ky) about k = 0 of
/// the part of the momentum plane, a.u., that it shows. Bilinear between pixels; what comes from outside an
/// image is as the nearest pixel of its edge. On the device of `images`.
torch::Tensor turned(const torch::Tensor& images, std::span<const Extent> extents,
                     std::span<const double> degrees);

/// One normal angle of this standard deviation for each of `count` samples, degrees; depends on the seed and
/// `turn` only.
std::vector<double> random_angles(std::size_t count, double deviation_deg, std::uint64_t seed,
                                  std::uint64_t turn);

}  // namespace bondscope::ml
