#pragma once

// Which parts of an image a model needs: a mask slides over it, and what counts is by how much the answer
// drops (M. D. Zeiler, R. Fergus, ECCV 2014; Sec. VI of the paper).

#include <span>
#include <vector>

#include "libml/explain/answers.hpp"

namespace bondscope::ml {

/// The paper gives no sizes. The defaults are a fifth of a 128 × 64 quadrant's sides, moved by half of that.
struct OcclusionSettings {
  int mask_kx = 26, mask_ky = 13;     ///< pixels
  int stride_kx = 13, stride_ky = 6;  ///< pixels; at most the mask's side, so that every pixel is covered
  /// What the mask shows, [kx][ky] of inputs; one number: everywhere that. 0 is the mean image of what was
  /// learned from, which says nothing to the network; none: the image's own mean.
  std::vector<float> fill = {0};
  int batch = 32;  ///< images that are classified together
};

/// Drop of the answer `output` at every pixel [kx][ky]: that by the mask whose centre is there, interpolated
/// linearly between centres and continued evenly to the rim; negative where the mask raises it. The masks lie
/// stride by stride, and once more at each far edge. `image` are inputs; `width` is the number of pixels
/// along kx. Throws ConfigError if the settings do not fit the image, and what ask() throws.
std::vector<float> occlusion_map(const Answers& answers, std::span<const float> image, int width, int height,
                                 std::size_t output, const OcclusionSettings& settings = {});

}  // namespace bondscope::ml
