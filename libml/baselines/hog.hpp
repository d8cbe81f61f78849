#pragma once

// Histograms of oriented gradients (N. Dalal, B. Triggs, CVPR 2005).

#include <cstdint>
#include <span>
#include <vector>

namespace bondscope::ml {

/// The defaults are the paper's cells of 16 × 32 pixels, the longer side along kx: 8 × 8 cells on its images.
struct HogSettings {
  int cell_kx = 32, cell_ky = 16;  ///< pixels
  int bins = 9;                    ///< of the orientation, over 180°: the gradient's sign does not count
};

/// Number of features, 4 · bins for each of the blocks of 2 × 2 cells, which overlap by a cell. Pixels beyond
/// the last whole cell are left out. Throws ConfigError if the image has fewer than 2 × 2 cells.
std::size_t hog_length(int width, int height, const HogSettings& settings = {});

/// Every pixel adds the magnitude of its gradient to the two nearest orientations and to the four nearest
/// cells, linearly shared out. Blocks are scaled to length 1, cut off at 0.2 and scaled again, so that
/// features are in 0 … 1; a block without contrast stays 0. `image` is [width][height]; throws as
/// hog_length().
std::vector<float> hog(std::span<const std::uint8_t> image, int width, int height,
                       const HogSettings& settings = {});

}  // namespace bondscope::ml
