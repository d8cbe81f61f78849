// A training that was stopped and continued, anywhere and however often, is the training.

#include <fstream>
#include <map>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "libml/train/identity.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/files/text_file.hpp"
#include "tests/libml/trained.hpp"

using namespace bondscope;

using bondscope::ml::Request;
using Catch::Matchers::Contains;
using namespace bondscope::ml::testing;
namespace fs = std::filesystem;

namespace {

/// Two epochs of seven batches, the last batch of each smaller than the others.
ml::Recipe recipe(const std::vector<std::string>& more = {}) {
  std::vector<std::string> all{
      "training.epochs=2",   "training.batch_size=4",         "training.drop_last=false",
      "network.dropout=0.3", "split.validation_fraction=0.1", "training.gradient_clip=2"};
  all.insert(all.end(), more.begin(), more.end());
  return tiny(all);
}

/// Stops each time that so many batches are done.
ml::SessionHooks stop_after(int batches) {
  return {.started = {},
          .batch_done =
              [left = batches](const ml::BatchDone&) mutable {
                return --left == 0 ? Request::stop : Request::go_on;
              },
          .epoch_done = {},
          .saved = {}};
}

/// All goes that it takes; how many those were.
int train_in_goes(const fs::path& model, const ml::SampleSet& samples, const ml::Recipe& recipe, int batches,
                  int threads = 1) {
  for (int go = 1;; ++go) {
    const auto session = train_tiny(model, samples, recipe, stop_after(batches), threads);
    if (session.complete()) return go;
    CHECK(fs::exists(ml::checkpoint_file(model)));
    CHECK_FALSE(fs::exists(model / "model.json"));
    REQUIRE(go < 100);
  }
}

std::vector<float>& floats(ml::NamedArray& array) {
  return std::get<std::vector<float>>(array.values);
}

void check_same_model(const fs::path& a, const fs::path& b) {
  for (const char* file : {"best.safetensors", "last.safetensors", "recipe.yaml"}) {
    INFO(file);
    CHECK(read_text_file(a / file) == read_text_file(b / file));
  }
  const auto description = [](const fs::path& folder) {
    auto json = nlohmann::json::parse(read_text_file(folder / "model.json"));
    json.erase("created");
    json.erase("training_seconds");
    json.erase("checksum");
    return json;
  };
  CHECK(description(a) == description(b));
}

void check_same_curve(const std::vector<ml::Epoch>& a, const std::vector<ml::Epoch>& b) {
  REQUIRE(a.size() == b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    CHECK(a[i].epoch == b[i].epoch);
    CHECK(a[i].learning_rate == b[i].learning_rate);
    CHECK(a[i].train_loss == b[i].train_loss);
    CHECK(a[i].train_mae == b[i].train_mae);
    CHECK(a[i].validation_loss == b[i].validation_loss);
    CHECK(a[i].validation_mae == b[i].validation_mae);
    CHECK(a[i].best == b[i].best);
  }
}

/// A training stopped after nine batches: one epoch and two batches.
struct Stopped {
  TemporaryFolder folder;
  fs::path model = folder / "m", file = ml::checkpoint_file(model);
  ml::SampleSet samples = some_samples(folder);
  std::string identity = ml::training_identity(recipe(), samples);

  Stopped() { train_tiny(model, samples, recipe(), stop_after(9)); }

  ml::Checkpoint checkpoint() const {
    auto read = ml::read_checkpoint(file, identity);
    REQUIRE(read);
    return *read;
  }
  void replace(const ml::Checkpoint& checkpoint) const { ml::write_checkpoint(file, identity, checkpoint); }
};

}  // namespace

TEST_CASE("stopped and continued anywhere, a training ends with the same model") {
  const auto optimiser =
      GENERATE(std::vector<std::string>{"training.optimiser=adam"},
               std::vector<std::string>{"training.optimiser=adamw", "training.weight_decay=0.01"},
               std::vector<std::string>{"training.optimiser=sgd", "training.weight_decay=0.01"},
               std::vector<std::string>{"training.optimiser=sgd", "training.momentum=0"});
  INFO(optimiser.front() + " " + optimiser.back());
  const TemporaryFolder folder;
  const auto samples = some_samples(folder);
  const auto whole = train_tiny(folder / "whole", samples, recipe(optimiser));
  REQUIRE(whole.curve.size() == 2);
  // After every batch; after the last batch of an epoch; in the middle of both epochs.
  for (const auto& [batches, goes] : std::map<int, int>{{1, 15}, {7, 3}, {9, 2}, {4, 4}}) {
    INFO(batches);
    const auto part = folder / ("part" + std::to_string(batches));
    CHECK(train_in_goes(part, samples, recipe(optimiser), batches) == goes);
    check_same_model(folder / "whole", part);
    CHECK_FALSE(fs::exists(ml::checkpoint_file(part)));
  }
}

TEST_CASE("the same on two threads, and the curve is whole") {
  const TemporaryFolder folder;
  const auto samples = some_samples(folder);
  const auto whole = train_tiny(folder / "whole", samples, recipe(), {}, 2);
  train_tiny(folder / "part", samples, recipe(), stop_after(10), 2);
  const auto rest = train_tiny(folder / "part", samples, recipe(), {}, 2);
  check_same_model(folder / "whole", folder / "part");
  check_same_curve(whole.curve, rest.curve);
  CHECK(rest.curve[0].seconds > 0);
}

TEST_CASE("a training that dies goes on from its last epoch") {
  const TemporaryFolder folder;
  const auto samples = some_samples(folder);
  train_tiny(folder / "whole", samples, recipe());
  int batches = 0;
  ml::SessionHooks dies;
  dies.batch_done = [&](const ml::BatchDone&) {
    if (++batches == 10) throw std::runtime_error("killed");
    return Request::go_on;
  };
  CHECK_THROWS_WITH(train_tiny(folder / "part", samples, recipe(), dies), "killed");
  int continued_after = -1;
  ml::SessionHooks watch;
  watch.started = [&](const ml::ModelDescription&, const ml::Checkpoint* begun) {
    REQUIRE(begun);
    CHECK(begun->state.batches_done == 0);
    CHECK(begun->conditions == "cpu, 1 thread");
    continued_after = begun->state.epochs_done();
  };
  train_tiny(folder / "part", samples, recipe(), watch);
  CHECK(continued_after == 1);
  check_same_model(folder / "whole", folder / "part");
}

TEST_CASE("saving in the middle of an epoch changes nothing") {
  const TemporaryFolder folder;
  const auto samples = some_samples(folder);
  const auto whole = train_tiny(folder / "whole", samples, recipe());
  int saved = 0;
  ml::SessionHooks hooks;
  hooks.batch_done = [](const ml::BatchDone&) { return Request::save; };
  hooks.saved = [&](double seconds) {
    CHECK(seconds > 0);
    ++saved;
  };
  const auto often = train_tiny(folder / "often", samples, recipe(), hooks);
  CHECK(saved == 16);  // fourteen batches and two epochs
  check_same_model(folder / "whole", folder / "often");
  check_same_curve(whole.curve, often.curve);
}

TEST_CASE("killed before the model was written, a complete training only writes it") {
  const TemporaryFolder folder;
  const auto samples = some_samples(folder);
  const auto whole = train_tiny(folder / "whole", samples, recipe());
  ml::prepare_folder(folder / "part");
  const auto train = [&](const ml::SessionHooks& hooks) {
    return ml::train_model(recipe(), samples, folder / "part", ml::Device::cpu, 1, hooks);
  };
  train({});
  CHECK_FALSE(fs::exists(folder / "part" / "model.json"));
  ml::SessionHooks hooks;
  hooks.batch_done = [](const ml::BatchDone&) {
    FAIL("trained again");
    return Request::stop;
  };
  const auto session = train(hooks);
  ml::finish(session, folder / "part");
  check_same_model(folder / "whole", folder / "part");
  check_same_curve(whole.curve, session.curve);
}

TEST_CASE("what a batch reports") {
  const TemporaryFolder folder;
  const auto samples = some_samples(folder);
  std::vector<ml::BatchDone> all;
  ml::SessionHooks hooks;
  hooks.batch_done = [&](const ml::BatchDone& batch) {
    all.push_back(batch);
    return Request::go_on;
  };
  const auto session = train_tiny(folder / "m", samples, recipe(), hooks);
  REQUIRE(all.size() == 14);
  CHECK(all[6].epoch == 1);
  CHECK(all[6].batch == 7);
  CHECK(all[6].batches == 7);
  CHECK(all[6].loss == session.curve[0].train_loss);
  CHECK(all[6].samples_since == 4);
  CHECK(all[6].samples_ahead == 4 + 3);  // three validate
  CHECK(all[7].epoch == 2);
  CHECK(all[7].batch == 1);
  CHECK(all[7].samples_since == 7);
  CHECK(all[7].samples_ahead == 4);
}

TEST_CASE("a checkpoint of something else is refused, with what differs") {
  const Stopped stopped;
  const auto train = [&](const ml::Recipe& recipe, const ml::SampleSet& samples) {
    train_tiny(stopped.model, samples, recipe);
  };
  CHECK_THROWS_AS(train(recipe({"training.epochs=3"}), stopped.samples), ml::ForeignCheckpoint);
  CHECK_THROWS_WITH(train(recipe({"training.epochs=3", "seed=4"}), stopped.samples),
                    Contains("training.epochs (2 there, 3 here)") && Contains("seed (3 there, 4 here)") &&
                        Contains("--overwrite"));
  auto fewer = stopped.samples;
  fewer.samples.pop_back();
  CHECK_THROWS_WITH(train(recipe(), fewer), Contains("data.runs (40 there, 39 here)"));
  auto other = stopped.samples;
  other.samples[7].checksum ^= 1;
  CHECK_THROWS_WITH(train(recipe(), other), Contains("data.checksum"));
  other = stopped.samples;
  other.source.store = "moved.h5";
  CHECK_NOTHROW(train(recipe(), other));
}

TEST_CASE("asked to overwrite, a training disregards another's checkpoint but not its own") {
  const Stopped stopped;
  const auto epochs_before = [&](const ml::Recipe& recipe) {
    int epochs = 0;
    ml::SessionHooks hooks;
    hooks.started = [&](const ml::ModelDescription&, const ml::Checkpoint* begun) {
      if (begun) epochs = begun->state.epochs_done();
    };
    hooks.batch_done = [](const ml::BatchDone&) { return Request::stop; };
    ml::train_model(recipe, stopped.samples, stopped.model, ml::Device::cpu, 1, hooks, true);
    return epochs;
  };
  CHECK(epochs_before(recipe()) == 1);
  CHECK(epochs_before(recipe({"training.epochs=3"})) == 0);
  fs::resize_file(stopped.file, fs::file_size(stopped.file) - 1);
  CHECK(epochs_before(recipe({"training.epochs=3"})) == 0);
}

TEST_CASE("a damaged checkpoint is refused") {
  const Stopped stopped;
  const auto bytes = read_text_file(stopped.file);
  const auto spoil = [&](const std::string& changed) {
    std::ofstream(stopped.file, std::ios::binary) << changed;
  };
  for (std::size_t n = 0; n < bytes.size(); n += 997) {
    INFO(n);
    auto changed = bytes;
    changed[n] = static_cast<char>(changed[n] ^ 4);
    spoil(changed);
    CHECK_THROWS_AS(ml::read_checkpoint(stopped.file, stopped.identity), DataError);
    spoil(bytes.substr(0, n));
    CHECK_THROWS_AS(ml::read_checkpoint(stopped.file, stopped.identity), DataError);
  }
  CHECK_THROWS_WITH(train_tiny(stopped.model, stopped.samples, recipe()),
                    Contains("training.checkpoint") && Contains("truncated") && Contains("remove it"));
}

TEST_CASE("a checkpoint that is whole but cannot be is refused") {
  const Stopped stopped;
  const auto good = stopped.checkpoint();
  auto bad = good;
  auto& state = bad.state;
  const double nan = std::numeric_limits<double>::quiet_NaN();
  std::string message;
  SECTION("more batches than an epoch has") {
    state.batches_done = std::uint64_t{1} << 60;
    message = "too many batches";
  }
  SECTION("more epochs than the recipe has") {
    state.curve.resize(3, state.curve[0]);
    message = "too many epochs";
  }
  SECTION("batches after the last epoch") {
    state.curve.resize(2, state.curve[0]);
    message = "batches after the last epoch";
  }
  SECTION("errors of two targets") {
    state.curve[0].train_mae.push_back(1);
    message = "training errors";
  }
  SECTION("no validation") {
    state.curve[0].validation_loss.reset();
    state.curve[0].validation_mae.clear();
    message = "validation losses";
  }
  SECTION("a loss that is none") {
    state.curve[0].train_loss = nan;
    message = "losses";
  }
  SECTION("sums over no samples") {
    state.sums.samples = 0;
    message = "sums over the epoch";
  }
  SECTION("weights that are missing") {
    state.network.pop_back();
    message = "the weights lack";
  }
  SECTION("weights of another network") {
    state.network[0].shape = {state.network[0].shape[0], 9};
    message = "this network's is";
  }
  SECTION("weights that are not finite") {
    floats(state.network[0])[0] = std::numeric_limits<float>::infinity();
    message = "not finite";
  }
  SECTION("no best weights") {
    state.best.clear();
    message = "best weights";
  }
  SECTION("best weights of another network") {
    state.best[0].shape = {1};
    floats(state.best[0]).resize(1);
    message = "best weights";
  }
  SECTION("a best epoch that was not") {
    state.curve[0].best = false;
    message = "best epochs";
  }
  SECTION("an optimiser without its means") {
    state.optimiser.arrays.pop_back();
    message = "the optimiser's state has";
  }
  SECTION("an optimiser of other parameters") {
    state.optimiser.arrays[1].name = "something";
    message = "the optimiser's state lacks";
  }
  SECTION("an optimiser with means in another shape") {
    state.optimiser.arrays[0].shape = {static_cast<std::int64_t>(floats(state.optimiser.arrays[0]).size())};
    message = "in another shape";
  }
  SECTION("steps that go back") {
    state.optimiser.steps = -1;
    message = "negative number of steps";
  }
  SECTION("a random generator in no state") {
    state.dropout.assign(state.dropout.size(), 0);
    message = "random generator";
  }
  SECTION("a random generator of another size") {
    state.dropout.resize(7);
    message = "random generator";
  }
  stopped.replace(bad);
  CHECK_THROWS_AS(train_tiny(stopped.model, stopped.samples, recipe()), DataError);
  CHECK_THROWS_WITH(train_tiny(stopped.model, stopped.samples, recipe()),
                    Contains("training.checkpoint") && Contains(message));
  // Nothing was lost by the refusal.
  stopped.replace(good);
  CHECK(train_tiny(stopped.model, stopped.samples, recipe()).complete());
}

TEST_CASE("a state that is not finite is never saved") {
  const Stopped stopped;
  auto checkpoint = stopped.checkpoint();
  // The next step goes to infinity, though the loss before it is finite.
  for (auto& array : checkpoint.state.optimiser.arrays)
    std::ranges::fill(floats(array), array.name.ends_with("mean") ? 3e38f : 0.0f);
  stopped.replace(checkpoint);
  const auto before = read_text_file(stopped.file);
  CHECK_THROWS_WITH(train_tiny(stopped.model, stopped.samples, recipe(), stop_after(1)),
                    Contains("the weights") && Contains("epoch 2, batch 3"));
  CHECK(read_text_file(stopped.file) == before);
}

TEST_CASE("a training that diverges keeps its last good state") {
  const TemporaryFolder folder;
  const auto samples = some_samples(folder);
  const auto diverging = tiny({"training.optimiser=sgd", "training.learning_rate=10", "training.epochs=50",
                               "preprocessing.target_scaling=none", "preprocessing.pixel_max=10000"});
  ml::SessionHooks hooks;
  hooks.batch_done = [](const ml::BatchDone&) { return Request::save; };
  int saved = 0;
  const auto identity = ml::training_identity(diverging, samples);
  const auto file = ml::checkpoint_file(folder / "m");
  hooks.saved = [&](double) { ++saved; };
  CHECK_THROWS_AS(train_tiny(folder / "m", samples, diverging, hooks), NumericsError);
  REQUIRE(saved > 0);
  CHECK(ml::read_checkpoint(file, identity));  // refuses numbers that are not finite
  CHECK_THROWS_AS(train_tiny(folder / "m", samples, diverging), NumericsError);
}
