#pragma once

// From grey levels to the network's input and from its output to the target's unit.

#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include "libml/data/samples.hpp"
#include "libml/data/targets.hpp"
#include "libml/train/recipe.hpp"

namespace bondscope::ml {

struct Preprocessing {
  double pixel_max = 255;
  std::vector<float> mean_image;       ///< grey levels, [kx][ky]; empty: nothing is subtracted
  std::vector<TargetScaling> targets;  ///< one per target
  /// Of the extents that the network is told: their mean and s.d. over the training samples.
  std::array<TargetScaling, extent_inputs> extent;

  /// Learns mean image and scalings from the samples `train`. Throws DataError if a target that
  /// is to be standardised is the same in all of them.
  static Preprocessing fit(const Recipe& recipe, const SampleSet& samples,
                           std::span<const std::size_t> train);

  /// (grey levels - mean image) · pixel_max / 255, [chosen][kx][ky].
  std::vector<float> inputs(const SampleSet& samples, std::span<const std::size_t> chosen) const;
  /// One image into `input` [kx][ky].
  void input(std::span<const std::uint8_t> image, std::span<float> input) const;
  /// (kx_min, kx_max, ky_min, ky_max), scaled, [chosen][4].
  std::vector<float> extents(const SampleSet& samples, std::span<const std::size_t> chosen) const;
};

/// Values of the targets in their units, [chosen][target]; of classes the class's number. Throws
/// DataError that names the run if it belongs to no class.
std::vector<double> target_values(const Recipe& recipe, const SampleSet& samples,
                                  std::span<const std::size_t> chosen);

}  // namespace bondscope::ml
