// What is learned from an images file, and from runs that are marked for a use.

#include <set>

#include <catch2/catch.hpp>

#include "libml/report/evaluation.hpp"
#include "libml/train/identity.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/images/write_images.hpp"
#include "tests/libml/trained.hpp"
#include "tests/libpmd/images/marked_store.hpp"
#include "tests/libpmd/store/damage.hpp"

using namespace bondscope;

using Catch::Matchers::Contains;
using namespace bondscope::ml::testing;
using bondscope::Use;

namespace {

/// Every fourth run is marked training, every fourth test.
std::vector<Use> some_marks(std::size_t runs) {
  std::vector<Use> uses(runs, Use::any);
  for (std::size_t i = 0; i < runs; ++i)
    if (i % 4 < 2) uses[i] = i % 4 == 0 ? Use::training : Use::test;
  return uses;
}

std::set<double> distances(const std::vector<ml::UsedRun>& runs) {
  std::set<double> all;
  for (const auto& run : runs)
    all.insert(run.parameters.R);
  return all;
}

}  // namespace

TEST_CASE("a store and its images file give the same model bit for bit") {
  const TemporaryFolder folder;
  const auto recipe = tiny({"split.validation_fraction=0.2"});
  make_learning_store(folder / "store.h5", {.runs = 40}, 38);
  write_images(folder / "store.h5", folder / "images.h5",
               {.representations = {{"a", recipe.image}}, .threads = 2});
  const auto from_store = ml::load_samples(folder / "store.h5", recipe.image, 2);
  const auto from_images = ml::load_samples(folder / "images.h5", recipe.image, 2);
  CHECK(ml::training_identity(recipe, from_store) == ml::training_identity(recipe, from_images));
  train_tiny(folder / "a", from_store, recipe);
  train_tiny(folder / "b", from_images, recipe);
  for (const char* file : {"best.safetensors", "last.safetensors"}) {
    const auto bytes = damage::read_all(folder / "a" / file);
    CHECK(bytes.size() > 1000);
    CHECK((bytes == damage::read_all(folder / "b" / file)));
  }
  const auto load = [&](const char* name) {
    return ml::load_model(folder / name, ml::Weights::best, ml::Device::cpu);
  };
  CHECK(load("a").description.data.kind == "store");
  CHECK(load("b").description.data.kind == "images file");
  // Each is tested on the other's data with the same numbers.
  const auto crossed = ml::evaluate(load("a"), from_images);
  CHECK(crossed.left_out == 29);
  CHECK(crossed.scores[0].mae == ml::evaluate(load("b"), from_store).scores[0].mae);
}

TEST_CASE("what runs are marked for is part of a training's identity") {
  const TemporaryFolder folder;
  auto samples = some_samples(folder);
  const auto before = ml::training_identity(tiny(), samples);
  samples.samples[3].use = Use::training;
  CHECK(ml::training_identity(tiny(), samples) != before);
}

TEST_CASE("marked runs are trained on or tested as they are marked") {
  const TemporaryFolder folder;
  const auto uses = some_marks(40);
  const auto description = learning_description({.runs = 40});
  synthetic::make_marked(folder / "store.h5", description, uses);
  const auto samples = ml::load_samples(folder / "store.h5", tiny().image, 2);
  const auto session = train_tiny(folder / "m", samples, tiny({"split.validation_fraction=0.2"}));
  auto learned = distances(session.description.train);
  learned.merge(distances(session.description.validation));
  CHECK(learned.size() == 25);  // 10 marked and 15 of the 20 that are not
  const auto model = ml::load_model(folder / "m", ml::Weights::best, ml::Device::cpu);
  const auto evaluation = ml::evaluate(model, samples);
  CHECK(evaluation.predictions.size() == 15);
  CHECK(evaluation.for_training_only == 0);
  for (std::size_t run = 0; run < 40; ++run) {
    INFO(run);
    if (uses[run] == Use::training) CHECK(learned.contains(description.runs[run].R));
    if (uses[run] == Use::test) CHECK_FALSE(learned.contains(description.runs[run].R));
  }
}

TEST_CASE("runs of another store that are marked for training are not tested with, but counted") {
  const TemporaryFolder folder;
  train_tiny(folder / "m", some_samples(folder), tiny());
  const auto model = ml::load_model(folder / "m", ml::Weights::best, ml::Device::cpu);
  const auto uses = some_marks(12);
  synthetic::make_marked(folder / "other.h5", learning_description({.runs = 12, .seed = 9}), uses);
  write_images(folder / "other.h5", folder / "images.h5", {.representations = {{"a", tiny().image}}});
  for (const char* name : {"other.h5", "images.h5"}) {
    const auto evaluation = ml::evaluate(model, ml::load_samples(folder / name, tiny().image, 1));
    CHECK(evaluation.left_out == 0);
    CHECK(evaluation.for_training_only == 3);
    CHECK(evaluation.predictions.size() == 9);
    for (const auto& prediction : evaluation.predictions)
      CHECK(prediction.sample.use != Use::training);
  }

  synthetic::make_marked(folder / "training.h5", learning_description({.runs = 5, .seed = 9}),
                         std::vector<Use>(5, Use::training));
  CHECK_THROWS_WITH(ml::evaluate(model, ml::load_samples(folder / "training.h5", tiny().image, 1)),
                    Contains("5 are for training only") && Contains("none is left to test"));
}
