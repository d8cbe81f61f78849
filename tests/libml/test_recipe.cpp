#include <catch2/catch.hpp>

#include "libml/baselines/baseline.hpp"
#include "libml/train/recipe.hpp"
#include "libpmd/base/config/config.hpp"
#include "libpmd/base/config/find_config.hpp"
#include "libpmd/base/error.hpp"
#include "tests/libml/learning_store.hpp"

using namespace bondscope;

using bondscope::ml::Recipe;
using Catch::Matchers::Contains;

namespace {

Recipe read(const std::string& text, const std::vector<std::string>& overrides = {}) {
  auto config = Config::from_text(text, "test.yaml");
  for (const auto& assignment : overrides)
    config.set(assignment);
  return Recipe::from_config(config);
}

Recipe shipped(const std::string& name) {
  return Recipe::from_config(Config::from_file(find_config("recipes", name)));
}

}  // namespace

TEST_CASE("the paper's recipe is the paper's") {
  const auto r = shipped("paper");
  CHECK(r.train_fraction == 0.75);
  CHECK(r.training.optimiser == "sgd");
  CHECK(r.training.loss == "half_mse");
  CHECK(r.training.batch_size == 30);
  CHECK(r.training.epochs == 30);
  CHECK(r.preprocessing.pixel_max == 255);
  CHECK(r.preprocessing.subtract_mean_image);
  CHECK(r.network == ml::NetworkSpec{});
  CHECK(ml::parameter_count(r.network) == 38657);
  CHECK(ml::learning_rate(r.training, 0) == Approx(1e-3));
  CHECK(ml::learning_rate(r.training, 19.99) == Approx(1e-3));
  CHECK(ml::learning_rate(r.training, 20.01) == Approx(1e-4));
  CHECK(ml::learning_rate(r.training, 29.99) == Approx(1e-4));
}

TEST_CASE("every shipped recipe reads back from its resolved forms") {
  const auto name = GENERATE("paper", "paper_1d", "dense_1d", "classifier", "best_network",
                             "best_network_roots", "best_transfer", "quick");
  const auto recipe = shipped(name);
  CHECK(recipe.name == name);
  CHECK(read(recipe.to_yaml()).to_json() == recipe.to_json());
  CHECK(read(recipe.to_json()).to_json() == recipe.to_json());
}

TEST_CASE("overrides use the dotted path") {
  const auto r = read(ml::testing::tiny_recipe,
                      {"training.epochs=7", "targets=[R, intensity]", "training.schedule.kind=cosine"});
  CHECK(r.training.epochs == 7);
  CHECK(r.network.outputs == 2);
  CHECK(r.training.schedule.kind == "cosine");
}

TEST_CASE("the largest image is admitted") {
  CHECK_NOTHROW(read(ml::testing::tiny_recipe, {"image={width: 1024, height: 256}"}));
  CHECK_NOTHROW(read(ml::testing::tiny_recipe, {"image={width: 256, height: 1024}"}));
}

TEST_CASE("any representation can be learned from") {
  const auto r = read(ml::testing::tiny_recipe,
                      {"image={view: upper_half, window: fixed, kx: [-2, 2], ky: [0, 1.6], scale: power, "
                       "exponent: 0.5, normalisation: none, values: floats, width: 32, height: 16}"});
  CHECK(r.image.view == View::upper_half);
  CHECK(r.image.kx == Interval{-2, 2});
  CHECK(r.image.values == PixelValues::floats);
  CHECK(read(r.to_yaml()).image == r.image);
  CHECK(read(r.to_json()).image == r.image);
  CHECK_NOTHROW(read(r.to_yaml(), {"augmentation.flip_kx=true"}));
  CHECK_THROWS_WITH(read(r.to_yaml(), {"augmentation.flip_ky=true"}), Contains("flip_ky"));
  CHECK_THROWS_WITH(read(r.to_yaml(), {"image.kx=[-2, 2.5]", "augmentation.flip_kx=true"}),
                    Contains("flip_kx"));
}

TEST_CASE("the cosine schedule warms up and ends at zero") {
  auto r = read(ml::testing::tiny_recipe,
                {"training.epochs=10", "training.schedule={kind: cosine, warmup_epochs: 2}"});
  CHECK(ml::learning_rate(r.training, 1) == Approx(0.005));
  CHECK(ml::learning_rate(r.training, 2) == Approx(0.01));
  CHECK(ml::learning_rate(r.training, 6) == Approx(0.005));
  CHECK(ml::learning_rate(r.training, 10) == Approx(0).margin(1e-12));
}

TEST_CASE("what cannot be is refused by key") {
  struct Bad {
    std::string assignment, message;
  };
  const auto bad = GENERATE(values<Bad>({
      {"training.epoch=5", "did you mean 'epochs'"},
      {"trainig.epochs=5", "did you mean 'training'"},
      {"training.epochs=0", "training.epochs: 0 is out of range"},
      {"training.epochs=many", "is not an integer"},
      {"training.learning_rate=-1", "training.learning_rate"},
      {"training.optimiser=adma", "did you mean 'adam'"},
      {"training.batch_size=1", "training.batch_size"},
      {"split.train_fraction=1", "split.train_fraction"},
      {"targets=[R, R]", "twice"},
      {"targets=[]", "not a list"},
      {"targets=R", "not a list"},
      {"network.kernel=4", "odd"},
      {"network.dropout=1", "network.dropout"},
      {"image.width=33", "multiple of 8"},
      {"image.floor=0", "image.floor"},
      {"image.width=8192", "image.width: 8192 is out of range"},
      {"image.height=1032", "image.height: 1032 is out of range"},
      {"image={width: 1024, height: 264}", "image: width × height, 1024 × 264, is too large"},
      {"image.window=fix", "did you mean 'fixed'"},
      {"image.kx=[1, 2, 3]", "image.kx"},
      {"image={window: fixed, kx: [2, 1]}", "image.kx"},
      {"image.normalisation=sum", "image.values"},
      {"image={view: energy, height: 1}", "image.window"},
      {"seed=-1", "seed"},
  }));
  INFO(bad.assignment);
  CHECK_THROWS_AS(read(ml::testing::tiny_recipe, {bad.assignment}), ConfigError);
  CHECK_THROWS_WITH(read(ml::testing::tiny_recipe, {bad.assignment}), Contains(bad.message));
}

TEST_CASE("a misspelt key of a recipe is named, and not one that is missing") {
  const auto read = [](const std::string& text) {
    return ml::Recipe::from_config(Config::from_text(text, "r.yaml"));
  };
  CHECK_THROWS_WITH(read("name: r\nlearns: [R]\n"),
                    Contains("r.yaml: learns: unknown key; known keys here: "));
  CHECK_THROWS_WITH(read("name: r\ntargts: [R]\n"),
                    Contains("r.yaml: targts: unknown key; did you mean 'targets'?"));
  CHECK_THROWS_WITH(read("name: r\ntraining: {schedule: {warmup: 3}}\n"),
                    Contains("r.yaml: training.schedule.warmup: unknown key"));
  CHECK_THROWS_WITH(read("name: r\nnetwork: {filter: 3}\n"),
                    Contains("r.yaml: network.filter: unknown key; did you mean 'filters'?"));
}

TEST_CASE("a likelihood has effects, and nothing else has") {
  const auto recipe = ml::Recipe::load("measured");
  CHECK(recipe.method == "likelihood");
  CHECK_FALSE(recipe.effects.empty());
  CHECK(ml::Recipe::from_config(Config::from_text(recipe.to_yaml(), "again")).effects == recipe.effects);
  CHECK_THROWS_WITH(ml::Recipe::load("best", {"effects=[background]"}), Contains("effects"));
  CHECK_THROWS_WITH(ml::Recipe::load("measured", {"effects=[background, weather]"}),
                    Contains("measured.yaml: effects: 'weather' is unknown") && Contains("resolution_au"));
}

TEST_CASE("a kernel learns from floats and knows mirrors") {
  for (const char* name : {"best", "best_1d", "general"}) {
    const auto recipe = ml::Recipe::load(name);
    CHECK(recipe.method == "kernel");
    CHECK(recipe.image.values == PixelValues::floats);
    CHECK(ml::Recipe::from_config(Config::from_text(recipe.to_yaml(), "again")).to_json() ==
          recipe.to_json());
  }
  CHECK(ml::Recipe::load("general").augmentation.mirrors() == ml::Mirrors{true, true});
  CHECK_THROWS_WITH(ml::Recipe::load("best", {"augmentation.flip_ky=true"}),
                    Contains("not its own mirror image"));
  CHECK_THROWS_WITH(ml::Recipe::load("best", {"augmentation.at_prediction=true"}), Contains("unknown key"));
  CHECK_THROWS_WITH(ml::Recipe::load("best", {"augmentation.rotation_deg=5"}), Contains("unknown key"));
  CHECK_THROWS_WITH(ml::Recipe::load("paper_1d", {"augmentation.rotation_deg=5"}),
                    Contains("augmentation.rotation_deg: image.view dp_dkx cannot be turned"));
}

TEST_CASE("the split has a seed of its own, which is the recipe's if it is not given") {
  CHECK(ml::Recipe::load("paper", {"seed=7"}).split_seed == 7);
  const auto recipe = ml::Recipe::load("paper", {"seed=7", "split.seed=3"});
  CHECK(recipe.seed == 7);
  CHECK(recipe.split_seed == 3);
  CHECK(ml::Recipe::from_config(Config::from_text(recipe.to_json(), "again")).split_seed == 3);
}

TEST_CASE("methods without layers have none of a network's keys") {
  const auto read = [](const std::string& more) {
    return ml::Recipe::from_config(
        Config::from_text("name: svm\nmethod: svm_hog\ntargets: [R, intensity]\n" + more, "svm.yaml"));
  };
  const auto recipe = read("split: {train_runs: 100}");
  CHECK_FALSE(recipe.is_network());
  CHECK(recipe.train_runs == 100);
  CHECK(recipe.to_json().find("training") == std::string::npos);
  CHECK(ml::Recipe::from_config(Config::from_text(recipe.to_yaml(), "again")).to_json() == recipe.to_json());
  CHECK_THROWS_WITH(read("training: {epochs: 3}"), Contains("training: unknown key"));
  CHECK_THROWS_WITH(read("network: {blocks: 3}"), Contains("network: unknown key"));
  CHECK_THROWS_WITH(read("split: {validation_fraction: 0.1}"), Contains("validation_fraction"));
  CHECK_THROWS_WITH(read("classes: [1, 2, 3]"), Contains("tells numbers, no classes"));
  CHECK_THROWS_WITH(read("image: {values: floats}"), Contains("image.values") && Contains("bytes only"));
  for (const auto& kind : ml::baselines())
    if (kind.name != "kernel" && kind.name != "likelihood")
      CHECK(ml::Recipe::load(kind.name).method == kind.name);
  CHECK_THROWS_WITH(ml::Recipe::load("svm_hog", {"method=svm_hug"}), Contains("did you mean 'svm_hog'"));
}
