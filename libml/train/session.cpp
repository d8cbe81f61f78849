#include "libml/train/session.hpp"

namespace ml {
namespace {

TrainingData prepare(const Recipe& recipe, const Preprocessing& preprocessing, const SampleSet& samples,
                     const std::vector<std::size_t>& chosen) {
  return {preprocessing.inputs(samples, chosen), target_values(recipe, samples, chosen)};
}

}  // namespace

Session train_model(const Recipe& recipe, const SampleSet& samples, const std::filesystem::path& folder,
                    Device device, int threads, const SessionHooks& hooks) {
  const auto split =
      split_samples(samples.size(), recipe.train_fraction, recipe.validation_fraction, recipe.seed);
  expect_a_batch(recipe.training, split.train.size());
  const auto preprocessing = Preprocessing::fit(recipe, samples, split.train);
  const auto training = prepare(recipe, preprocessing, samples, split.train);
  const auto validation = prepare(recipe, preprocessing, samples, split.validation);
  Network network(recipe.network, recipe.seed, device);

  Session session;
  auto& description = session.description;
  description = describe(recipe, samples, split, preprocessing, network, threads);
  clear_folder(folder);
  if (hooks.started) hooks.started(description);

  const auto epoch_done = [&](const Epoch& epoch, const Network& trained) {
    description.epochs_done = epoch.epoch;
    write_weights(folder, Weights::last, trained, preprocessing);
    if (epoch.best) {
      description.best_epoch = epoch.epoch;
      write_weights(folder, Weights::best, trained, preprocessing);
    }
    write_description(folder, description);
    if (hooks.epoch_done) hooks.epoch_done(epoch);
  };
  bool stopped = false;
  const auto stop = [&] { return stopped = hooks.stop && hooks.stop(); };
  session.curve = train(network, recipe, preprocessing.targets, training, validation, {epoch_done, stop});
  session.interrupted = stopped;
  if (stopped) {
    write_weights(folder, Weights::last, network, preprocessing);
    write_description(folder, description);
  }
  return session;
}

}  // namespace ml
