#pragma once

// Trainings with several numbers of runs and seeds: how the error falls with the number of runs (Sec. III of
// the paper), or with a trained network to go on from, transfer learning (Sec. IV) beside training from
// scratch and the network as it is, all tested on the same runs.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "libml/experiments/error_curves.hpp"
#include "libml/experiments/training_series.hpp"

namespace bondscope::ml {

/// What a study of learning curves is made of.
struct CurveSettings {
  std::string store;                 ///< file as named by the user
  Recipe recipe;                     ///< with a start: recipe_for() it
  std::vector<std::size_t> samples;  ///< numbers of runs to train on; empty: all of the training part
  /// Trainings for each of them, of a method without chance only for the first; empty: the recipe's.
  std::vector<std::uint64_t> seeds;
  std::filesystem::path output;  ///< of the model folders, nN-seedS; with a start transferred-nN-seedS …
  std::optional<double> target_mae;  ///< how many runs does this error of the first target need?
  std::optional<Start> start;        ///< the network to go on from
  std::optional<Recipe> scratch;     ///< with a start: train from scratch so, too, see scratch_recipe()
};

/// To train from scratch beside a transfer by `recipe`: as the model was trained, but with the copies of
/// samples that `recipe` has, or by `other`; it splits as `recipe` does.
Recipe scratch_recipe(const Start& start, const Recipe& recipe, const std::optional<Recipe>& other = {});

/// One training and what it is called.
struct CurveJob {
  TrainingJob job;           ///< what to train
  std::string curve, title;  ///< which curve it is a point of, and a title for reports
};

/// In ascending order of their runs. Throws what expect_runs() throws.
std::vector<CurveJob> curve_jobs(const CurveSettings& settings, TrainingSeries& series);

/// Trains what is not trained yet, and reports after each. Throws as train_and_test()
ErrorCurves train_curves(const CurveSettings& settings, const std::vector<CurveJob>& jobs,
                         TrainingSeries& series);

}  // namespace bondscope::ml
