#include "libml/train/session.hpp"

#include <chrono>

#include "libml/train/identity.hpp"
#include "libtdse/base/error.hpp"

namespace ml {
namespace {

TrainingData prepare(const Recipe& recipe, const Preprocessing& preprocessing, const SampleSet& samples,
                     const std::vector<std::size_t>& chosen) {
  return {preprocessing.inputs(samples, chosen), target_values(recipe, samples, chosen)};
}

std::optional<Checkpoint> find_checkpoint(const std::filesystem::path& file, const std::string& identity,
                                          bool overwrite) {
  try {
    return read_checkpoint(file, identity);
  } catch (const tdse::DataError&) {
    if (!overwrite) throw;
    return std::nullopt;
  }
}

int best_epoch(const std::vector<Epoch>& curve) {
  int best = 0;
  for (const auto& epoch : curve)
    if (epoch.best) best = epoch.epoch;
  return best;
}

}  // namespace

Session train_model(const Recipe& recipe, const SampleSet& samples, const std::filesystem::path& folder,
                    Device device, int threads, const SessionHooks& hooks, bool overwrite) {
  const auto split = split_samples(samples, recipe.train_fraction, recipe.validation_fraction, recipe.seed);
  expect_a_batch(recipe.training, split.train.size());
  const auto preprocessing = Preprocessing::fit(recipe, samples, split.train);
  const auto training = prepare(recipe, preprocessing, samples, split.train);
  const auto validation = prepare(recipe, preprocessing, samples, split.validation);
  Network network(recipe.network, recipe.seed, device);
  Session session{.description = describe(recipe, samples, split, preprocessing, network, threads),
                  .preprocessing = preprocessing,
                  .curve = {},
                  .best = {},
                  .last = {}};

  const auto file = checkpoint_file(folder);
  const auto identity = training_identity(recipe, samples);
  const auto begun = find_checkpoint(file, identity, overwrite);
  clear_folder(folder);
  if (!begun) remove_checkpoint(file);
  if (hooks.started) hooks.started(session.description, begun ? &*begun : nullptr);

  const auto conditions = training_conditions(session.description.device, threads);
  const auto save = [&](const TrainingState& state) {
    const auto start = std::chrono::steady_clock::now();
    write_checkpoint(file, identity, {state, conditions});
    if (hooks.saved)
      hooks.saved(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  };
  auto state = [&] {
    try {
      return train(network, recipe, preprocessing.targets, training, validation,
                   {hooks.batch_done, save, hooks.epoch_done}, begun ? &begun->state : nullptr);
    } catch (const tdse::DataError& e) {
      if (!begun) throw;
      throw unusable(file, e);
    }
  }();
  session.description.epochs_done = state.epochs_done();
  session.description.best_epoch = best_epoch(state.curve);
  session.curve = std::move(state.curve);
  session.batches_done = state.batches_done;
  session.best = std::move(state.best);
  session.last = std::move(state.network);
  return session;
}

Model best_model(const Session& session, const std::filesystem::path& folder, Device device) {
  const auto& recipe = session.description.recipe;
  Network network(recipe.network, recipe.seed, device);
  network.load(session.best);
  return {folder, Weights::best, session.description, session.preprocessing, std::move(network)};
}

void finish(const Session& session, const std::filesystem::path& folder) {
  write_model(folder, session.description, session.preprocessing, session.best, session.last);
  remove_checkpoint(checkpoint_file(folder));
}

}  // namespace ml
