#pragma once

// From images to the network's input and from its output to the target's unit.

#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include "libml/data/mirrors.hpp"
#include "libml/data/samples.hpp"
#include "libml/data/targets.hpp"
#include "libml/train/recipe.hpp"

namespace bondscope::ml {

/// What becomes pixel_max: the grey level 255; of floats the range of the scale, -floor of logarithms, 1 of
/// powers.
double white(const ImageSettings& image);

/// How images become a network's inputs.
struct Preprocessing {
  double pixel_max = 255;              ///< what the brightest grey level becomes
  std::vector<float> mean_image;       ///< as the images are, [kx][ky]; empty: nothing is subtracted
  std::vector<TargetScaling> targets;  ///< one per target
  /// Of the extents that the network is told: their mean and s.d. over the training samples.
  std::array<TargetScaling, extent_inputs> extent;

  /// Learns mean image and scalings from the samples `train`. Throws DataError if a target that
  /// is to be standardised is the same in all of them.
  static Preprocessing fit(const Recipe& recipe, const SampleSet& samples,
                           std::span<const std::size_t> train);

  /// (pixels - mean image) · pixel_max / white(), [chosen][kx][ky], of the images or of their mirror images,
  /// which are as those of mirrored runs: the mean image stays as it is.
  std::vector<float> inputs(const SampleSet& samples, std::span<const std::size_t> chosen,
                            Mirrors mirrors = {}) const;
  /// One image into `input` [kx][ky].
  void input(const SampleSet& samples, std::size_t sample, std::span<float> input,
             Mirrors mirrors = {}) const;
  /// (kx_min, kx_max, ky_min, ky_max), scaled, [chosen][4]; or of the mirror images.
  std::vector<float> extents(const SampleSet& samples, std::span<const std::size_t> chosen,
                             Mirrors mirrors = {}) const;
};

/// Values of the targets in their units, [chosen][target]; of classes the class's number. Throws
/// DataError that names the run if it belongs to no class.
std::vector<double> target_values(const Recipe& recipe, const SampleSet& samples,
                                  std::span<const std::size_t> chosen);

}  // namespace bondscope::ml
