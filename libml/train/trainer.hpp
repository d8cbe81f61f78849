#pragma once

// The training loop.

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "libml/data/targets.hpp"
#include "libml/nets/network.hpp"
#include "libml/train/recipe.hpp"

namespace ml {

/// Preprocessed samples: inputs [sample][width][height], targets [sample][output] in their units.
struct TrainingData {
  std::vector<float> inputs;
  std::vector<double> targets;
};

/// One line of the learning curve.
struct Epoch {
  int epoch = 0;  ///< from 1
  double learning_rate = 0;
  /// Loss of the recipe and mean absolute error per target (in its unit) over the epoch's batches, as they
  /// were trained on: with dropout, and before the step that followed.
  double train_loss = 0;
  std::vector<double> train_mae = {};
  /// The same over the validation samples after the epoch, in evaluation mode; empty without validation.
  std::optional<double> validation_loss = {};
  std::vector<double> validation_mae = {};
  bool best =
      false;  ///< so far the lowest validation loss; without validation samples the lowest training loss
  double seconds = 0;
};

struct TrainingHooks {
  /// After every epoch, before the next one.
  std::function<void(const Epoch&, const Network&)> epoch_done;
  /// Asked after every batch; true ends the training.
  std::function<bool()> stop;
};

/// Throws tdse::DataError if `samples` do not fill one batch and the recipe drops incomplete ones.
void expect_a_batch(const TrainingRecipe& training, std::size_t samples);

/// Trains `network` in place. Order and dropout depend on recipe.seed only; on one CPU type with the same
/// number of threads the result is the same bit for bit. Returns the finished epochs; fewer than
/// recipe.training.epochs if hooks.stop said so, with the weights of the last batch in `network`. Throws
/// tdse::DataError if there are fewer samples than one batch needs, tdse::NumericsError if the loss is not
/// finite.
std::vector<Epoch> train(Network& network, const Recipe& recipe, const std::vector<TargetScaling>& scaling,
                         const TrainingData& data, const TrainingData& validation,
                         const TrainingHooks& hooks);

/// Predictions [sample][output] in the targets' units.
std::vector<double> predict(const Network& network, const std::vector<TargetScaling>& scaling,
                            std::span<const float> inputs);

}  // namespace ml
