#pragma once

// The training loop.

#include <functional>
#include <span>
#include <vector>

#include "libml/data/samples.hpp"
#include "libml/nets/network.hpp"
#include "libml/train/preprocessing.hpp"
#include "libml/train/recipe.hpp"
#include "libml/train/training_state.hpp"

namespace bondscope::ml {

/// Samples to learn from. Refers to images that must live on.
struct TrainingData {
  const SampleSet& samples;            ///< that `chosen` are of
  const Preprocessing& preprocessing;  ///< of their images
  std::vector<std::size_t> chosen;     ///< of the samples
  std::vector<double> targets;         ///< target_values() of them
  TargetSigns signs;                   ///< of the targets where the recipe has images mirrored
};

/// Where a training is when a batch is done.
struct BatchDone {
  int epoch = 0;                   ///< that it belongs to, from 1
  std::size_t batch = 0, batches;  ///< which one of the epoch, from 1, and how many there are
  double loss = 0;                 ///< mean over the epoch so far; on a GPU as of some batches ago
  /// Samples that were put through the network since the last batch was done, and that will be before the
  /// next one is: those of a batch, between two epochs the validation samples too.
  std::size_t samples_since = 0, samples_ahead = 0;
};

/// What a training is to do after a batch.
enum class Request { go_on, save, stop };

/// Whom train() tells how it goes.
struct TrainingHooks {
  /// Asked after every batch: save calls `save` in the middle of the epoch, stop does too and ends the
  /// training.
  std::function<Request(const BatchDone&)> batch_done;
  /// After every epoch, and when batch_done asked for it. May throw, which ends the training.
  std::function<void(const TrainingState&)> save;
  /// After every epoch, once it is saved; the last one of the curve is new.
  std::function<void(const std::vector<Epoch>&)> epoch_done;
};

/// Throws DataError if `samples` do not fill one batch and the recipe drops incomplete ones.
void expect_a_batch(const TrainingRecipe& training, std::size_t samples);

/// Trains `network` in place, from its start or from where another training of the same recipe and data was
/// saved. Order and dropout depend on recipe.seed only; on one CPU type with the same number of threads the
/// result is the same bit for bit, also if it was stopped and continued anywhere. Returns the last state: its
/// curve has recipe.training.epochs entries unless hooks.batch_done stopped it. Throws DataError if
/// there are fewer samples than one batch needs or `begun` does not fit, NumericsError if loss or
/// weights are not finite: such a state is never saved.
TrainingState train(Network& network, const Recipe& recipe, const TrainingData& data,
                    const TrainingData& validation, const TrainingHooks& hooks,
                    const TrainingState* begun = nullptr);

/// Outputs of the network in evaluation mode, [chosen][output]: in the targets' units, of classes their
/// scores; of the images' mirror images on request.
std::vector<double> predict(const Network& network, const Preprocessing& preprocessing,
                            const SampleSet& samples, std::span<const std::size_t> chosen,
                            Mirrors mirrors = {});

}  // namespace bondscope::ml
