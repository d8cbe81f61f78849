#pragma once

// One training from samples to a model, in as many goes as it takes.

#include <filesystem>
#include <functional>
#include <vector>

#include "libml/data/samples.hpp"
#include "libml/data/split.hpp"
#include "libml/train/checkpoint.hpp"
#include "libml/train/model_folder.hpp"
#include "libml/train/trainer.hpp"

namespace bondscope::ml {

/// Whom a training tells how it goes.
struct SessionHooks {
  /// Once, when the network is built and before the first batch; `continued` is what the training goes on
  /// from, or null.
  std::function<void(const ModelDescription&, const Checkpoint* continued)> started;
  /// As those of TrainingHooks.
  std::function<Request(const BatchDone&)> batch_done;
  /// As TrainingHooks'.
  std::function<void(const std::vector<Epoch>&)> epoch_done;
  /// After every writing of the checkpoint, with the seconds that it took.
  std::function<void(double seconds)> saved;
  /// Of a method without epochs: how far one of its stages is. What it throws ends the training.
  LoadMonitor fitting = {};
};

/// A model that a training begins as instead of new start values: transfer learning (Sec. IV).
struct Start {
  const Model& model;     ///< with its preprocessing
  int frozen_blocks = 0;  ///< that stay as they are
  bool fresh_layers =
      false;  ///< only its blocks: the layers after them begin anew, and so do target scalings
};

/// For identities and descriptions. Throws ConfigError if the network has fewer blocks, or the model is none.
Origin origin_of(const Start& start);
/// `recipe` with everything that a model cannot change any more taken over from it: image, preprocessing,
/// network, targets and classes. Throws ConfigError if it is one of a method without layers.
Recipe recipe_for(const Start& start, Recipe recipe);

/// A training as far as it came.
struct Session {
  ModelDescription description;        ///< what it is
  std::vector<Epoch> curve;            ///< finished epochs
  std::uint64_t batches_done = 0;      ///< of the next one
  std::vector<NamedArray> best, last;  ///< what was learned, as it is kept; `last` of a network only
  /// Whether all epochs are done.
  bool complete() const {
    return !description.recipe.is_network() ||
           static_cast<int>(curve.size()) == description.recipe.training.epochs;
  }
};

/// Splits the samples and trains: a network on from the checkpoint in `folder` (made by prepare_folder()) if
/// there is one. Writes nothing but checkpoints, one after every epoch and one where hooks.batch_done asks
/// for it; they stay until finish() or remove_checkpoint(). An earlier model in `folder` is removed once
/// everything is ready to train. `start`: begin as this model, with its preprocessing; the recipe must be
/// recipe_for() it. What the model has been trained on is not tested with. `overwrite`: a checkpoint that
/// cannot be gone on from is disregarded. Methods without epochs have no checkpoints and learn in one go.
/// Throws what split_samples(), expect_a_batch(), Preprocessing::fit(), read_checkpoint() and train() throw,
/// and FileError.
Session train_model(const Recipe& recipe, const SampleSet& samples, const std::filesystem::path& folder,
                    Device device, int threads, const SessionHooks& hooks, bool overwrite = false,
                    const Start* start = nullptr);

/// The network of the best epoch, ready to predict; `folder` is where it will be.
Model best_model(const Session& session, const std::filesystem::path& folder, Device device);

/// Makes `folder` a model folder and removes the checkpoint. Whatever else belongs into the folder should be
/// there already. The session must be complete. Throws FileError.
void finish(const Session& session, const std::filesystem::path& folder);

}  // namespace bondscope::ml
