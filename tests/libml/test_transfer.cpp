// Going on from a trained model: what is frozen stays, what is known to the model does not test.

#include <algorithm>
#include <cmath>
#include <fstream>

#include <catch2/catch.hpp>

#include "libml/data/joined.hpp"
#include "libml/experiments/mean_of_methods.hpp"
#include "libml/experiments/train_and_test.hpp"
#include "libml/experiments/train_curves.hpp"
#include "libml/report/evaluation.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/files/text_file.hpp"
#include "tests/libml/trained.hpp"

using namespace bondscope;

using Catch::Matchers::Contains;
using namespace bondscope::ml::testing;
namespace fs = std::filesystem;

namespace {

struct Trained {
  TemporaryFolder folder;
  ml::SampleSet samples = some_samples(folder);
  ml::SampleSet others = some_samples(folder, {.seed = 8, .molecule = "HeH+"}, "others.h5");
  ml::Recipe recipe = tiny({"seed=5", "training.learning_rate=0.003"});

  Trained(const std::vector<std::string>& more = {}) {
    auto all = more;
    all.push_back("network.dropout=0");
    train_tiny(folder / "model", samples, tiny(all));
  }
  ml::Model model() const { return ml::load_model(folder / "model", ml::Weights::best, ml::Device::cpu); }
};

ml::Session transfer(const fs::path& folder, const ml::SampleSet& samples, const ml::Recipe& recipe,
                     const ml::Start& start, const ml::SessionHooks& hooks = {}) {
  ml::prepare_process(1);
  ml::prepare_folder(folder);
  auto session = ml::train_model(ml::recipe_for(start, recipe), samples, folder, ml::Device::cpu, 1, hooks,
                                 false, &start);
  if (session.complete()) ml::finish(session, folder);
  return session;
}

const ml::NamedArray& named(const std::vector<ml::NamedArray>& arrays, const std::string& name) {
  return *std::find_if(arrays.begin(), arrays.end(), [&](const auto& a) { return a.name == name; });
}

std::vector<std::size_t> all_of(const ml::SampleSet& samples) {
  std::vector<std::size_t> all(samples.size());
  for (std::size_t i = 0; i < all.size(); ++i)
    all[i] = i;
  return all;
}

}  // namespace

TEST_CASE("frozen blocks keep weights and running statistics, the others learn") {
  const Trained trained;
  const auto model = trained.model();
  const int frozen = GENERATE(0, 2, 3);
  const auto session =
      transfer(trained.folder / "transferred", trained.others, trained.recipe, {model, frozen});
  const auto before = model.network().arrays();
  for (const auto& array : session.last) {
    INFO(array.name);
    if (array.name.starts_with("preprocessing")) continue;
    const bool of_frozen = frozen >= 1 && array.name.starts_with("block") && array.name[5] <= '0' + frozen;
    // A convolution's bias is taken away again by the normalisation behind it.
    if (array.name.ends_with("convolution.bias")) continue;
    CHECK((named(before, array.name) == array) == of_frozen);
  }
}

TEST_CASE("what frozen blocks made once is what they would make every time") {
  // With all blocks' learning switched off by a vanishing rate, and normalisation frozen, nothing may change.
  const Trained trained;
  const auto model = trained.model();
  auto recipe = trained.recipe;
  recipe.training.learning_rate = 1e-30;
  const auto session = transfer(trained.folder / "same", trained.others, recipe, {model, 3});
  const auto same = ml::load_model(trained.folder / "same", ml::Weights::last, ml::Device::cpu);
  const auto all = all_of(trained.others);
  CHECK(ml::predict(same.network(), same.preprocessing(), trained.others, all) ==
        ml::predict(model.network(), model.preprocessing(), trained.others, all));
  // The loss that the training saw is that of the whole network in evaluation mode (there is no dropout).
  const auto predicted =
      ml::predict(model.network(), model.preprocessing(), trained.others,
                  ml::split_samples(trained.others, recipe.train_fraction, 0, recipe.seed).train);
  double absolute = 0;
  std::size_t i = 0;
  for (const auto sample : ml::split_samples(trained.others, recipe.train_fraction, 0, recipe.seed).train)
    absolute += std::abs(predicted[i++] - trained.others.samples[sample].parameters.R);
  CHECK(session.curve.front().train_mae.front() ==
        Approx(absolute / static_cast<double>(predicted.size())).epsilon(1e-5));
}

TEST_CASE("with fresh layers only the blocks are the model's, and targets are scaled anew") {
  const Trained trained({"preprocessing.target_scaling=standard"});
  const auto model = trained.model();
  auto recipe = trained.recipe;
  recipe.training.learning_rate = 1e-30;
  const ml::Start start{model, 3, true};
  const auto session = transfer(trained.folder / "fresh", trained.others, recipe, start);
  const auto before = model.network().arrays();
  for (const auto& array : session.last) {
    INFO(array.name);
    if (array.name.starts_with("block")) CHECK(named(before, array.name) == array);
    if (array.name == "output.weight") CHECK_FALSE(named(before, array.name) == array);
  }
  CHECK(session.description.origin->fresh_layers);
  CHECK(session.description.scaling.front().offset != model.description.scaling.front().offset);
  CHECK(ml::load_model(trained.folder / "fresh", ml::Weights::last, ml::Device::cpu)
            .description.origin->fresh_layers);
  const ml::TrainingJob other{trained.folder / "fresh", ml::recipe_for({model, 3}, recipe),
                              ml::Start{model, 3}};
  CHECK_THROWS_WITH(ml::find_result(other, trained.others), Contains("fresh_layers"));
}

TEST_CASE("a transfer that was stopped goes on to the same model") {
  const Trained trained({"network.members=2", "network.extent=true"});
  const auto model = trained.model();
  auto recipe = trained.recipe;
  recipe.augmentation = {.flip_kx = true, .flip_ky = true};
  transfer(trained.folder / "once", trained.others, recipe, {model, 2});
  int left = 0;
  const ml::SessionHooks stop{
      .started = {},
      .batch_done =
          [&](const ml::BatchDone&) { return --left == 0 ? ml::Request::stop : ml::Request::go_on; },
      .epoch_done = {},
      .saved = {}};
  int goes = 0;
  for (bool complete = false; !complete; ++goes) {
    left = 5;
    complete = transfer(trained.folder / "goes", trained.others, recipe, {model, 2}, stop).complete();
    REQUIRE(goes < 100);
  }
  CHECK(goes > 2);
  CHECK(read_text_file(trained.folder / "once" / "last.safetensors") ==
        read_text_file(trained.folder / "goes" / "last.safetensors"));
}

TEST_CASE("a transferred model says what it comes from and does not test with what that knew") {
  const Trained trained;
  const auto model = trained.model();
  transfer(trained.folder / "t", trained.others, trained.recipe, {model, 1});
  const auto loaded = ml::load_model(trained.folder / "t", ml::Weights::best, ml::Device::cpu);
  REQUIRE(loaded.description.origin);
  CHECK(loaded.description.origin->frozen_blocks == 1);
  CHECK(loaded.description.origin->dataset == model.description.data.dataset);
  CHECK(loaded.preprocessing().mean_image == model.preprocessing().mean_image);
  // On the origin's own data, both are tested on the same runs.
  CHECK(ml::evaluate(loaded, trained.samples).predictions.size() ==
        ml::evaluate(model, trained.samples).predictions.size());
  // Transferred to the data it was trained on, with another split: no known run tests.
  transfer(trained.folder / "own", trained.samples, trained.recipe, {model, 1});
  const auto own = ml::load_model(trained.folder / "own", ml::Weights::best, ml::Device::cpu);
  const auto evaluation = ml::evaluate(own, trained.samples);
  CHECK(evaluation.predictions.size() == own.description.test_runs);
  for (const auto& prediction : evaluation.predictions)
    for (const auto& known : model.description.train)
      CHECK_FALSE(known.checksum == prediction.sample.checksum);
}

TEST_CASE("a transfer is another training than one from scratch, or from another model") {
  const Trained trained;
  const auto model = trained.model();
  const auto folder = trained.folder / "t";
  transfer(folder, trained.others, trained.recipe, {model, 1});
  const ml::TrainingJob same{folder, ml::recipe_for({model, 1}, trained.recipe), ml::Start{model, 1}};
  const ml::TrainingJob other{folder, same.recipe, ml::Start{model, 2}};
  const ml::TrainingJob scratch{folder, same.recipe};
  CHECK_THROWS_WITH(ml::find_result(other, trained.others), Contains("frozen_blocks (1 there, 2 here)"));
  CHECK_THROWS_WITH(ml::find_result(scratch, trained.others), Contains("origin"));
  CHECK_THROWS_AS(ml::origin_of({model, 4}), ConfigError);
  CHECK_THROWS_WITH(ml::origin_of({model, -1}), Contains("expected 0 to 3"));
}

TEST_CASE("from scratch there are the same mirror images as in the transfer") {
  const Trained trained;
  const auto model = trained.model();
  auto recipe = trained.recipe;
  recipe.augmentation = {.flip_kx = true, .at_prediction = true};
  const auto scratch = ml::scratch_recipe({model, 1}, recipe);
  CHECK(scratch.augmentation.flip_kx);
  CHECK(scratch.augmentation.at_prediction);
  CHECK(scratch.training.learning_rate == model.description.recipe.training.learning_rate);
  CHECK_FALSE(ml::scratch_recipe({model, 1}, recipe, trained.recipe).augmentation.flip_kx);
}

TEST_CASE("a training writes what its test came to, and finds it again") {
  const Trained trained;
  const ml::TrainingJob job{trained.folder / "job", trained.recipe};
  ml::prepare_folder(job.folder);
  CHECK_FALSE(ml::find_result(job, trained.samples));
  std::vector<double> maes;
  ml::train_and_test(job, trained.samples, {ml::Device::cpu, 1},
                     {.session = {}, .trained = {}, .tested = [&](const ml::Evaluation& e) {
                        maes.push_back(e.scores.front().mae);
                      }});
  const auto found = ml::find_result(job, trained.samples);
  REQUIRE(found);
  CHECK(found->metrics.front().name == "R");
  CHECK(found->metrics.front().value == maes.front());
  CHECK(found->train_runs == 30);
  CHECK(found->test_runs == 10);
  double seconds = 0;
  const auto curve = read_text_file(job.folder / "learning_curve.csv");
  for (auto end = curve.find('\n', curve.find('\n') + 1); end != curve.npos; end = curve.find('\n', end + 1))
    seconds += std::stod(curve.substr(curve.rfind(',', end) + 1));
  REQUIRE(found->training_seconds);
  CHECK(*found->training_seconds == Approx(seconds));
  for (const char* file : {"model.json", "metrics.json", "predictions.csv", "scatter.png"})
    CHECK(fs::exists(job.folder / file));
  std::ofstream(job.folder / "metrics.json")
      << R"({"n_train": 30, "n_test": 10, "targets": {"R": {"mae": "x"}}})";
  CHECK_THROWS_WITH(ml::find_result(job, trained.samples), Contains("metrics.json"));
}

TEST_CASE("a model of two data sets that overlap is known again") {
  const Trained trained;
  auto overlapping = trained.others;
  overlapping.samples.front() = trained.samples.samples.front();
  const auto both = ml::joined(trained.samples, overlapping);
  CHECK(both.size() == 79);
  const ml::TrainingJob job{trained.folder / "job", trained.recipe};
  ml::prepare_folder(job.folder);
  ml::train_and_test(job, both, {ml::Device::cpu, 1}, {});
  CHECK(ml::find_result(job, both));
}

TEST_CASE("models that answer together are judged on the runs that tested both") {
  const Trained trained;
  std::vector<fs::path> models;
  for (const std::uint64_t seed : {5, 6}) {
    ml::TrainingJob job{trained.folder / std::to_string(seed), trained.recipe};
    job.recipe.seed = seed;
    ml::prepare_folder(job.folder);
    ml::train_and_test(job, trained.samples, {ml::Device::cpu, 1}, {});
    models.push_back(job.folder);
  }
  const auto first = ml::read_errors(models[0], "R"), second = ml::read_errors(models[1], "R");
  CHECK(first != second);
  const auto together = ml::errors_of_mean(models, "R");
  CHECK(together.size() == 10);
  for (const auto& [run, error] : together)
    CHECK(error == Approx(std::abs(first.at(run) + second.at(run)) / 2));
  CHECK_THROWS_WITH(ml::errors_of_mean(models, "intensity"), Contains("intensity"));
}

TEST_CASE("more training runs keep those of fewer, and the tests are the same") {
  const auto few = ml::split_samples(100, 0.75, 0.2, 3, 10), many = ml::split_samples(100, 0.75, 0.2, 3, 40),
             all = ml::split_samples(100, 0.75, 0.2, 3);
  CHECK(few.test == all.test);
  CHECK(many.validation == all.validation);
  CHECK(few.train.size() == 10);
  CHECK(few.unused.size() == 50);
  CHECK(std::ranges::includes(many.train, few.train));
  CHECK(std::ranges::includes(all.train, many.train));
  CHECK_THROWS_WITH(ml::split_samples(100, 0.75, 0.2, 3, 61), Contains("60") && Contains("61"));
}

TEST_CASE("runs beyond the number asked for do not test either") {
  const Trained trained({"split.train_runs=12"});
  const auto model = trained.model();
  CHECK(model.description.train.size() == 12);
  CHECK(model.description.unused.size() == 18);
  CHECK(ml::evaluate(model, trained.samples).predictions.size() == 10);
}
