#pragma once

// Whether the mirrored copies that a recipe asks for are distributions of the runs' molecules.

#include "libml/data/samples.hpp"
#include "libml/train/recipe.hpp"

namespace bondscope::ml {

/// Throws ConfigError that names the key and a sample's run: if the mirror image of its distribution is none
/// of its molecule at any angle and phase, or one of a run for which a target has another value.
void check_augmentation(const Recipe& recipe, const SampleSet& samples);

}  // namespace bondscope::ml
