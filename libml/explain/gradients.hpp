#pragma once

// What the layers of a network themselves say: gradients, activations and exact contributions. All answer for
// one image of inputs [kx][ky], as Preprocessing makes it, with its crop's extent [4] if the network is told
// it, and for one output: of a regression in its target's unit, of a classifier the score before softmax.

#include <cstddef>
#include <span>
#include <vector>

#include "libml/train/model_folder.hpp"

namespace bondscope::ml {

/// Integrated gradients (M. Sundararajan, A. Taly, Q. Yan, ICML 2017) along the straight way from the mean
/// image (inputs 0) to the image, by the midpoint rule with `steps` points:
///   map_i = x_i ∫₀¹ ∂f(a x)/∂x_i da,      Σ_i map_i = f(x) - f(0) for enough steps.
/// The crop's extent stays as it is. Throws ConfigError for no step, DataError for sizes that do not fit.
std::vector<float> integrated_gradients(const Model& model, std::span<const float> image,
                                        std::span<const float> extent, std::size_t output, int steps);

/// Grad-CAM (R. R. Selvaraju et al., Int. J. Comput. Vis. 128, 336 (2020)) of the last block's ReLU A_k:
///   map = Σ_k A_k mean(∂f/∂A_k),
/// of a classifier without its negative parts, interpolated to the image's size. Throws ConfigError if the
/// network has no convolutions.
std::vector<float> grad_cam(const Model& model, std::span<const float> image, std::span<const float> extent,
                            std::size_t output);

/// Exact parts of an answer, one for each cell of what the blocks make: answer = rest + Σ_cells parts.
struct Contributions {
  std::size_t cells_kx = 0, cells_ky = 0;  ///< of the image, all of one size
  std::vector<double> parts;               ///< [cell along kx][cell along ky]
  double rest = 0;                         ///< what belongs to no cell
};
/// Throws ConfigError unless is_additive(network_spec.hpp) holds for the network.
Contributions contributions(const Model& model, std::span<const float> image, std::span<const float> extent,
                            std::size_t output);

}  // namespace bondscope::ml
