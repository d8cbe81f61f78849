#pragma once

// What the mirrored copies that a recipe asks for are: distributions of the runs' molecules, or refused.

#include "libml/data/mirrors.hpp"
#include "libml/train/recipe.hpp"

namespace bondscope::ml {

/// target_signs() of the recipe's targets and mirrors. Throws what it throws; ConfigError also if a
/// classifier's target changes its sign.
TargetSigns signs_of_mirrors(const Recipe& recipe, const SampleSet& samples);

}  // namespace bondscope::ml
