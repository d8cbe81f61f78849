#include "libml/train/augmentation.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "libpmd/base/error.hpp"

namespace bondscope::ml {

TargetSigns signs_of_mirrors(const Recipe& recipe, const SampleSet& samples) {
  const auto name = fmt::format("recipe '{}'", recipe.name);
  const auto signs = target_signs(samples, targets(recipe.targets, samples.source.declared),
                                  recipe.augmentation.mirrors(), name);
  if (!recipe.classes.empty() &&
      (std::ranges::count(signs.along_kx, -1.0) > 0 || std::ranges::count(signs.along_ky, -1.0) > 0))
    throw ConfigError(
        fmt::format("{}: augmentation: a mirrored run is of another class of {}; expected false", name,
                    recipe.targets.front()));
  return signs;
}

}  // namespace bondscope::ml
