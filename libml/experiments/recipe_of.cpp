#include "libml/experiments/recipe_of.hpp"

#include "libml/baselines/baseline.hpp"
#include "libml/data/targets.hpp"

namespace bondscope::ml {

Recipe with_seed(Recipe recipe, std::uint64_t seed) {
  recipe.seed = seed;
  return recipe;
}

Recipe recipe_of(const Experiment& e, std::uint64_t seed) {
  if (e.kind != ExperimentKind::baseline) return with_seed(Recipe::load(e.recipe, e.set), seed);
  Recipe recipe;
  recipe.name = e.name;
  recipe.method = e.method;
  recipe.targets = measured_targets();
  return with_seed(std::move(recipe), seed);
}

bool is_deterministic(const Recipe& recipe) {
  const auto* method = find_baseline(recipe.method);
  return method && !method->seeded;
}

bool is_deterministic(const Experiment& e) {
  return e.model.empty() && e.of.empty() && is_deterministic(recipe_of(e, 1));
}

std::optional<Recipe> scratch_recipe_of(const Experiment& e) {
  return e.scratch_recipe.empty() ? std::nullopt : std::optional(Recipe::load(e.scratch_recipe));
}

}  // namespace bondscope::ml
