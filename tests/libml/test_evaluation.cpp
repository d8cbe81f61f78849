#include <set>

#include <catch2/catch.hpp>

#include "libml/report/evaluation.hpp"
#include "libpmd/base/error.hpp"
#include "tests/libml/trained.hpp"

using namespace bondscope;

using Catch::Matchers::Contains;
using namespace bondscope::ml::testing;

TEST_CASE("on the store of its training a model is tested on the held-out runs only") {
  const TemporaryFolder folder;
  const auto samples = some_samples(folder);
  const auto recipe = tiny({"split.validation_fraction=0.2"});
  train_tiny(folder / "m", samples, recipe);
  const auto model = ml::load_model(folder / "m", ml::Weights::best, ml::Device::cpu);
  const auto split =
      ml::split_samples(samples.size(), recipe.train_fraction, recipe.validation_fraction, recipe.seed);

  const auto first = ml::evaluate(model, samples);
  CHECK(first.left_out == 30);
  REQUIRE(first.predictions.size() == split.test.size());
  for (std::size_t i = 0; i < split.test.size(); ++i)
    CHECK(first.predictions[i].sample.run == samples.samples[split.test[i]].run);

  // Again from the files: the same numbers to the last bit.
  const auto again = ml::evaluate(ml::load_model(folder / "m", ml::Weights::best, ml::Device::cpu),
                                  ml::load_samples(folder / "store.h5", recipe.image, 1));
  CHECK(again.scores[0].mae == first.scores[0].mae);
  CHECK(again.scores[0].mae_95.low == first.scores[0].mae_95.low);
  CHECK(again.predictions[3].predicted == first.predictions[3].predicted);
}

TEST_CASE("training runs are recognised in another store too") {
  const TemporaryFolder folder;
  const auto samples = some_samples(folder);
  train_tiny(folder / "m", samples, tiny());
  const auto model = ml::load_model(folder / "m", ml::Weights::best, ml::Device::cpu);
  // The same draws and twenty more, as when a data set is enlarged.
  const auto larger = some_samples(folder, {.runs = 60}, "larger.h5");
  const auto evaluation = ml::evaluate(model, larger);
  CHECK(evaluation.left_out == 30);
  CHECK(evaluation.predictions.size() == 30);
  const auto foreign = ml::evaluate(model, some_samples(folder, {.runs = 15, .seed = 9}, "foreign.h5"));
  CHECK(foreign.left_out == 0);
  CHECK(foreign.predictions.size() == 15);
}

TEST_CASE("what was made from the runs of the training is left out, whatever its parameters") {
  const TemporaryFolder folder;
  const auto samples = some_samples(folder);
  train_tiny(folder / "m", samples, tiny());
  const auto model = ml::load_model(folder / "m", ml::Weights::best, ml::Device::cpu);
  CHECK(model.description.roots.size() == 30);
  auto derived = samples;
  for (auto& sample : derived.samples) {
    sample.parameters.R += 1e-3;
    sample.roots = {sample.checksum, 1};  // something else has a part in it, too
  }
  const auto evaluation = ml::evaluate(model, derived);
  CHECK(evaluation.left_out == 30);
  CHECK(evaluation.predictions.size() == 10);
}

TEST_CASE("the mean that is answered is the training set's") {
  const TemporaryFolder folder;
  const auto samples = some_samples(folder);
  const auto session = train_tiny(folder / "m", samples, tiny());
  const auto evaluation =
      ml::evaluate(ml::load_model(folder / "m", ml::Weights::best, ml::Device::cpu), samples);
  double mean = 0, expected = 0;
  for (const auto& run : session.description.train)
    mean += run.parameters.R / 30;
  for (const auto& p : evaluation.predictions)
    expected += std::abs(p.truth[0] - mean) / 10;
  CHECK(evaluation.scores[0].mae_of_mean == Approx(expected).epsilon(1e-12));
}

TEST_CASE("a store with nothing but training runs leaves no test") {
  const TemporaryFolder folder;
  auto samples = some_samples(folder);
  const auto recipe = tiny();
  train_tiny(folder / "m", samples, recipe);
  const auto split = ml::split_samples(samples.size(), recipe.train_fraction, 0, recipe.seed);
  std::vector<ml::Sample> seen;
  for (const auto i : split.train)
    seen.push_back(samples.samples[i]);
  samples.samples = seen;
  CHECK_THROWS_WITH(ml::evaluate(ml::load_model(folder / "m", ml::Weights::best, ml::Device::cpu), samples),
                    Contains("none is left to test"));
}

TEST_CASE("images that mean something else are refused with keys and values") {
  const TemporaryFolder folder;
  const auto samples = some_samples(folder);
  train_tiny(folder / "m", samples, tiny());
  const auto model = ml::load_model(folder / "m", ml::Weights::best, ml::Device::cpu);
  const auto& description = model.description;
  CHECK_NOTHROW(ml::expect_same_setting(description, samples, false));

  const auto absorber = some_samples(folder, {.runs = 8, .absorber_radius = "150"}, "absorber.h5");
  CHECK_THROWS_AS(ml::expect_same_setting(description, absorber, false), DataError);
  CHECK_THROWS_WITH(ml::expect_same_setting(description, absorber, false),
                    Contains("preset.absorber.radius (model 50, store 150)") && Contains("--force"));
  CHECK_NOTHROW(ml::expect_same_setting(description, absorber, true));

  const auto pulse = some_samples(folder, {.runs = 8, .cycles = 3}, "pulse.h5");
  CHECK_THROWS_WITH(ml::expect_same_setting(description, pulse, true),
                    Contains("dataset.pulse.cycles (model 2, store 3)"));

  const auto large = ml::load_samples(folder / "store.h5", {.width = 64, .height = 32}, 2);
  CHECK_THROWS_WITH(ml::evaluate(model, large), Contains("32 x 16"));
  const auto floor = ml::load_samples(folder / "store.h5", {.floor = -4, .width = 32, .height = 16}, 2);
  CHECK_THROWS_WITH(ml::evaluate(model, floor), Contains("floor -5"));
}

TEST_CASE("what was learned from, is marked for training, or shares a computed run does not test") {
  ml::ModelDescription model;
  ml::SampleSet learned, others;
  const auto sample = [](double R, std::uint64_t root, Use use = Use::any) {
    return ml::Sample{.parameters = {.molecule = "H2+", .R = R, .intensity_w_cm2 = 2e14},
                      .use = use,
                      .extent = {},
                      .checksum = root,
                      .roots = {root}};
  };
  learned.samples = {sample(1, 11), sample(2, 12), sample(3, 13)};
  others.samples = {sample(1, 21), sample(4, 12), sample(5, 22, Use::training), sample(3, 23), sample(6, 24)};
  for (const auto i : {0u, 1u})
    model.train.push_back({learned.samples[i].parameters, learned.samples[i].checksum});
  model.roots = {11, 12};
  CHECK(ml::test_samples(model, others) == std::vector<std::size_t>{3, 4});
  CHECK(ml::test_samples(model, learned) == std::vector<std::size_t>{2});
}
