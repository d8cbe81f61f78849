#pragma once

// LIME: around one image the model is replaced by a linear one that says of each cell of the image what it
// adds when it is shown (M. T. Ribeiro, S. Singh, C. Guestrin, KDD 2016).

#include <cstdint>
#include <span>
#include <vector>

#include "libml/explain/answers.hpp"

namespace bondscope::ml {

/// Cells that are as even as the image's size allows; which are shown is drawn with probability 1/2 each.
struct LimeSettings {
  int cells_kx = 8, cells_ky = 8;  ///< that the image is cut into
  int samples = 400;               ///< copies of the image that the model is asked about
  double width = 0.25;             ///< of the kernel that weighs the copies
  double ridge = 1e-3;             ///< penalty of large coefficients, in parts of the copies' summed weight
  std::uint64_t seed = 1;          ///< of which cells are shown
  int batch = 32;                  ///< images that are asked about together
};

/// What each pixel [kx][ky] of the inputs `image` adds to the answer `output`: its cell's coefficient β_c,
/// divided among the cell's pixels. With z_c = 1 where a copy shows the cell and 0 where the mean image
/// stands in its place, β minimises
///   Σ_copies w (f(z) - β_0 - Σ_c β_c z_c)² + λ Σ_c β_c²,      w = exp(-D²/width²),
/// D the cosine distance of z from (1, …, 1). Throws ConfigError if the settings do not fit the image
/// or copies × cells exceed 2^25 (memory), and
/// what ask() throws.
std::vector<float> lime_map(const Answers& answers, std::span<const float> image, int width, int height,
                            std::size_t output, const LimeSettings& settings = {});

}  // namespace bondscope::ml
