#pragma once

// One training from samples to model folder.

#include <filesystem>
#include <functional>
#include <vector>

#include "libml/data/samples.hpp"
#include "libml/data/split.hpp"
#include "libml/train/model_folder.hpp"
#include "libml/train/trainer.hpp"

namespace ml {

struct SessionHooks {
  /// Once, when the network is built and before the first batch.
  std::function<void(const ModelDescription&)> started;
  /// After every epoch; its checkpoint is on disk.
  std::function<void(const Epoch&)> epoch_done;
  /// Asked after every batch; true ends the training.
  std::function<bool()> stop;
};

struct Session {
  ModelDescription description;
  std::vector<Epoch> curve;  ///< finished epochs
  bool interrupted = false;  ///< hooks.stop ended it
};

/// Splits the samples, trains, and keeps description, recipe and weights of the best and the last epoch in
/// `folder` (made by prepare_folder(); an earlier model in it goes once everything is ready to train) as it
/// goes: after every epoch the folder is a complete model. Ended by hooks.stop, last.weights are those of the
/// last batch; best.weights then exist only if an epoch was finished. Throws what split_samples(),
/// expect_a_batch(), Preprocessing::fit() and train() throw, and tdse::FileError.
Session train_model(const Recipe& recipe, const SampleSet& samples, const std::filesystem::path& folder,
                    Device device, int threads, const SessionHooks& hooks);

}  // namespace ml
