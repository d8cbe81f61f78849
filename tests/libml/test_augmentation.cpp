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
    CHECK_NOTHROW(signs_of_mirrors(recipe(true, true),
                                   samples({.molecule = molecule, .R = 3, .cep = 0.3, .angle = 0.7})));
}

TEST_CASE("mirror images of a molecule without a mirror axis are refused by key and run") {
  const auto set = samples({.molecule = "X", .R = 2}, crooked);
  CHECK_NOTHROW(signs_of_mirrors(recipe(false, false), set));
  CHECK_THROWS_WITH(signs_of_mirrors(recipe(false, true), set),
                    Contains("recipe 'mine': augmentation.flip_ky") && Contains("run 5 (X") &&
                        Contains("of no such molecule"));
  CHECK_THROWS_WITH(signs_of_mirrors(recipe(true, false), set), Contains("flip_kx"));
  CHECK_THROWS_AS(signs_of_mirrors(recipe(true, false), set), ConfigError);
}

TEST_CASE("mirror images that have another value of a target are refused") {
  const auto tilted = samples({.R = 2, .angle = 0.7}), along = samples({.R = 2});
  CHECK_THROWS_WITH(signs_of_mirrors(recipe(false, true, {"R", "angle"}), tilted),
                    Contains("has another angle, which is a target"));
  CHECK_NOTHROW(signs_of_mirrors(recipe(false, true, {"R", "angle"}), along));
  CHECK_THROWS_WITH(signs_of_mirrors(recipe(true, false, {"cep"}), along), Contains("has another cep"));
}

TEST_CASE("what of an angle changes its sign only may be a target") {
  const auto tilted = samples({.R = 2, .cep = 0.3, .angle = 0.7});
  const std::vector<std::string> targets{"R", "cos_cep", "sin_cep", "cos_2_angle", "sin_2_angle"};
  const auto signs = signs_of_mirrors(recipe(true, true, targets), tilted);
  CHECK(signs.along_kx == std::vector<double>{1, -1, -1, 1, -1});
  CHECK(signs.along_ky == std::vector<double>{1, 1, 1, 1, -1});
  CHECK(signs.of(4, {true, true}) == 1);
  CHECK(ml::signs_from(ml::settings_of(signs, targets), targets) == signs);
  CHECK_THROWS_AS(ml::signs_from({{"R.sign_kx", 2}}, targets), DataError);
}

TEST_CASE("runs that would give a target different signs are refused") {
  auto set = samples({.R = 2, .angle = 0.7});
  set.samples.push_back(set.samples.front());
  set.samples.back().parameters.molecule = "HeH+";
  // Of unequal nuclei the mirror image along kx lies at π - α, of equal ones that is -α: cos α is the same or
  // not.
  CHECK_NOTHROW(signs_of_mirrors(recipe(true, false), set));
  set.samples.back().parameters.angle = 0;
  CHECK_THROWS_WITH(signs_of_mirrors(recipe(true, false, {"cos_angle"}), set),
                    Contains("run 5") && Contains("expected false"));
}

TEST_CASE("copies of an image are mirrored as the axes lie") {
  std::vector<int> image{1, 2, 3, 4, 5, 6};  // 3 along kx, 2 along ky
  const auto mirrored = [&](ml::Mirrors mirrors) {
    auto copy = image;
    ml::mirror(std::span(copy), 2, mirrors);
    return copy;
  };
  CHECK(mirrored({.along_kx = true}) == std::vector<int>{5, 6, 3, 4, 1, 2});
  CHECK(mirrored({.along_ky = true}) == std::vector<int>{2, 1, 4, 3, 6, 5});
  CHECK(mirrored({true, true}) == std::vector<int>{6, 5, 4, 3, 2, 1});
  CHECK(ml::copies({}).size() == 1);
  CHECK(ml::copies({true, true}).size() == 4);
}
