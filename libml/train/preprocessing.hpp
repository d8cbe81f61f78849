#pragma once

// From grey levels to the network's input and from its output to the target's unit.

#include <cstddef>
#include <span>
#include <vector>

#include "libml/data/samples.hpp"
#include "libml/data/targets.hpp"
#include "libml/train/recipe.hpp"

namespace ml {

struct Preprocessing {
  double pixel_max = 255;
  std::vector<float> mean_image;       ///< grey levels, [kx][ky]; empty: nothing is subtracted
  std::vector<TargetScaling> targets;  ///< one per output

  /// Learns mean image and target scaling from the samples `train`. Throws tdse::DataError if a target that
  /// is to be standardised is the same in all of them.
  static Preprocessing fit(const Recipe& recipe, const SampleSet& samples,
                           std::span<const std::size_t> train);

  /// (grey levels - mean image) · pixel_max / 255, [chosen][kx][ky].
  std::vector<float> inputs(const SampleSet& samples, std::span<const std::size_t> chosen) const;
};

/// Values of the targets in their units, [chosen][target].
std::vector<double> target_values(const Recipe& recipe, const SampleSet& samples,
                                  std::span<const std::size_t> chosen);

}  // namespace ml
