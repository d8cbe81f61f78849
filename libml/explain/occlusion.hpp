#pragma once

// Which parts of an image a classifier needs: a mask slides over it, and what counts is by how much the
// score of the image's class drops (M. D. Zeiler, R. Fergus, ECCV 2014; Sec. VI of the paper).

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace bondscope::ml {

/// Scores (probabilities after softmax) [image][class] of `count` images [image][kx][ky].
using ClassScores =
    std::function<std::vector<float>(std::span<const std::uint8_t> images, std::size_t count)>;

/// Scores as they come from a network, [image][class], as probabilities.
std::vector<float> softmax(std::vector<float> scores, std::size_t classes);

/// The paper gives no sizes. The defaults are a fifth of a 128 × 64 quadrant's sides, moved by half of that.
struct OcclusionSettings {
  int mask_kx = 26, mask_ky = 13;     ///< pixels
  int stride_kx = 13, stride_ky = 6;  ///< pixels; at most the mask's side, so that every pixel is covered
  /// What the mask shows, [kx][ky]; one level: everywhere that; none: the image's own mean. Of the images
  /// that were learned from the mean is what says nothing: to the network it is zero.
  std::vector<std::uint8_t> fill = {};
  int batch = 32;  ///< images that are classified together
};

/// Drop of the score of class `number` at every pixel [kx][ky]: that by the mask whose centre is there,
/// interpolated linearly between centres and continued evenly to the rim. In -1 … 1, negative where the mask
/// helps. The masks lie stride by stride, and once more at each far edge. `width` is the number of pixels
/// along kx. Throws ConfigError if the settings do not fit the image; DataError if `scores`
/// answers the wrong number of scores, anything not finite, or has no such class; and what `scores` throws.
std::vector<float> occlusion_map(const ClassScores& scores, std::span<const std::uint8_t> image, int width,
                                 int height, std::size_t number, const OcclusionSettings& settings = {});

}  // namespace bondscope::ml
