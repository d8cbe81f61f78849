#pragma once

// How an experiment learns.

#include <cstdint>
#include <optional>

#include "libml/experiments/experiment.hpp"
#include "libml/train/recipe.hpp"

namespace bondscope::ml {

/// With another seed, but the same split.
Recipe with_seed(Recipe recipe, std::uint64_t seed);

/// Of an experiment that has one (not mean, dictionary). Throws ConfigError if it cannot be read.
Recipe recipe_of(const Experiment& experiment, std::uint64_t seed);

/// Whether trainings with other seeds give the same: the split has its own.
bool is_deterministic(const Recipe& recipe);
/// Whether another seed cannot give another result: the split has its own.
bool is_deterministic(const Experiment& experiment);

/// Of a transfer's trainings from scratch; none: that of its model.
std::optional<Recipe> scratch_recipe_of(const Experiment& experiment);

}  // namespace bondscope::ml
