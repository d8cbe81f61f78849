#pragma once

// Transfer learning (Sec. IV of the paper) beside training from scratch and the model as it is, all tested on
// the same runs.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "libml/experiments/error_curves.hpp"
#include "libml/experiments/training_series.hpp"

namespace bondscope::ml {

struct TransferSettings {
  std::string store;
  Recipe recipe;                     ///< recipe_for() the start
  Recipe scratch;                    ///< from scratch; splits as `recipe` does
  bool from_scratch = true;          ///< train so, too
  std::vector<std::size_t> samples;  ///< numbers of runs to train on; empty: all of the training part
  std::vector<std::uint64_t> seeds;  ///< trainings for each of them; empty: the recipe's
  std::filesystem::path output;      ///< of the model folders, transferred-nN-seedS and from_scratch-nN-seedS
};

/// One training and what it is called.
struct TransferJob {
  TrainingJob job;
  std::string curve, title;
};

/// In ascending order of their runs. Throws what expect_runs() throws.
std::vector<TransferJob> transfer_jobs(const Start& start, const TransferSettings& settings,
                                       TrainingSeries& series);

ErrorCurves transfer(const Start& start, const TransferSettings& settings,
                     const std::vector<TransferJob>& jobs, TrainingSeries& series);

}  // namespace bondscope::ml
