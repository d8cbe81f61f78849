#pragma once

// Everything a training needs to go on as if it had never stopped. What depends on the seed and the number of
// the epoch only (split, start values, order of the samples) is not in here: it is drawn again.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "libml/arrays/array.hpp"
#include "libml/train/optimiser.hpp"

namespace bondscope::ml {

/// One line of the learning curve.
struct Epoch {
  int epoch = 0;             ///< from 1
  double learning_rate = 0;  ///< in this epoch's last batch
  /// Loss of the recipe and mean absolute error per target (in its unit) over the epoch's batches, as they
  /// were trained on: with dropout, and before the step that followed.
  double train_loss = 0;
  std::vector<double> train_mae = {};  ///< per target, in its unit
  /// The same over the validation samples after the epoch, in evaluation mode; empty without validation.
  std::optional<double> validation_loss = {};
  std::vector<double> validation_mae = {};  ///< per target, in its unit
  bool best = false;   ///< so far the lowest validation loss; without validation samples the last so far
  double seconds = 0;  ///< that the epoch took
};

/// Sums over samples that make an Epoch's means.
struct Sums {
  double loss = 0;                      ///< sum over samples
  std::vector<double> absolute_errors;  ///< per target, in its unit
  std::uint64_t samples = 0;            ///< that were summed over
};

/// After some batch of some epoch.
struct TrainingState {
  std::vector<Epoch> curve;  ///< of the finished epochs
  /// Batches of the next epoch that are done, and what was measured on them.
  std::uint64_t batches_done = 0;
  Sums sums;                              ///< over the batches done
  double seconds = 0;                     ///< spent on them
  OptimiserState optimiser;               ///< what it remembers
  std::vector<NamedArray> network, best;  ///< weights now, and after the best epoch (empty before the first)
  std::vector<std::uint8_t> dropout;      ///< LibTorch's random generator, if batches_done > 0

  /// Finished ones.
  int epochs_done() const { return static_cast<int>(curve.size()); }
};

}  // namespace bondscope::ml
