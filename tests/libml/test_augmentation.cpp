// Mirrored copies are distributions of the runs' molecules, or refused.

#include <catch2/catch.hpp>

#include "libml/train/augmentation.hpp"
#include "libpmd/base/error.hpp"

using namespace bondscope;
using Catch::Contains;

namespace {

constexpr const char* crooked =
    "dataset: {molecules: {X: {centres: [{charge: 1, softening: 1}, {charge: 2, softening: 1, at: {x: R}}, "
    "{charge: 3, softening: 1, at: {y: R}}]}}}\n";

ml::SampleSet samples(const RunParameters& run, const std::string& configuration = "dataset: {name: d}\n") {
  ml::SampleSet set;
  set.source.configuration = configuration;
  set.samples.push_back({.number = 5, .parameters = run, .extent = {}});
  return set;
}

ml::Recipe recipe(bool flip_kx, bool flip_ky, const std::vector<std::string>& targets = {"R"}) {
  ml::Recipe made;
  made.name = "mine";
  made.targets = targets;
  made.augmentation = {.flip_kx = flip_kx, .flip_ky = flip_ky};
  return made;
}

}  // namespace

TEST_CASE("both mirror images of a molecule with a mirror axis may be shown, whatever its nuclei are") {
  for (const char* molecule : {"H2+", "HeH+"})
    CHECK_NOTHROW(check_augmentation(recipe(true, true),
                                     samples({.molecule = molecule, .R = 3, .cep = 0.3, .angle = 0.7})));
}

TEST_CASE("mirror images of a molecule without a mirror axis are refused by key and run") {
  const auto set = samples({.molecule = "X", .R = 2}, crooked);
  CHECK_NOTHROW(check_augmentation(recipe(false, false), set));
  CHECK_THROWS_WITH(check_augmentation(recipe(false, true), set),
                    Contains("recipe 'mine': augmentation.flip_ky") && Contains("run 5 (X") &&
                        Contains("of no such molecule"));
  CHECK_THROWS_WITH(check_augmentation(recipe(true, false), set), Contains("flip_kx"));
  CHECK_THROWS_AS(check_augmentation(recipe(true, false), set), ConfigError);
}

TEST_CASE("mirror images that have another value of a target are refused") {
  const auto tilted = samples({.R = 2, .angle = 0.7}), along = samples({.R = 2});
  CHECK_THROWS_WITH(check_augmentation(recipe(false, true, {"R", "angle"}), tilted),
                    Contains("has another angle, which is a target"));
  CHECK_NOTHROW(check_augmentation(recipe(false, true, {"R", "angle"}), along));
  CHECK_THROWS_WITH(check_augmentation(recipe(true, false, {"cep"}), along), Contains("has another cep"));
}
