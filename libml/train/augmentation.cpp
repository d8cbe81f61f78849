#include "libml/train/augmentation.hpp"

#include <cmath>

#include <fmt/format.h>

#include "libml/data/targets.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/model/fields.hpp"
#include "libpmd/model/symmetry.hpp"

namespace bondscope::ml {
namespace {

bool same_value(const Parameter& parameter, const RunParameters& a, const RunParameters& b) {
  double difference = parameter.of(a) - parameter.of(b);
  if (parameter.period > 0) difference = std::remainder(difference, parameter.period);
  return std::abs(difference) <= 1e-9;
}

}  // namespace

void check_augmentation(const Recipe& recipe, const SampleSet& samples) {
  const auto& wanted = recipe.augmentation;
  if (!wanted.flip_kx && !wanted.flip_ky) return;
  ModelParameters model;
  read(Config::from_text(samples.source.configuration, samples.source.store + ": configuration")
           .section("dataset"),
       model);
  const auto asked = targets(recipe.targets, samples.source.declared);
  const auto check = [&](const char* key, const Sample& sample,
                         const std::optional<RunParameters>& mirrored) {
    const auto refuse = [&](const std::string& why) {
      throw ConfigError(
          fmt::format("recipe '{}': augmentation.{}: the mirror image of run {} ({}) {}; expected false",
                      recipe.name, key, sample.number, describe(sample.parameters), why));
    };
    if (!mirrored) refuse("is a distribution of no such molecule");
    for (const auto& target : asked)
      if (!same_value(target.parameter, sample.parameters, *mirrored))
        refuse(fmt::format("has another {}, which is a target", target.name));
  };
  for (const auto& sample : samples.samples) {
    const auto mirrored = mirror_runs(sample.parameters, model);
    if (wanted.flip_kx) check("flip_kx", sample, mirrored.along_kx);
    if (wanted.flip_ky) check("flip_ky", sample, mirrored.along_ky);
  }
}

}  // namespace bondscope::ml
