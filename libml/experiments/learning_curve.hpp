#pragma once

// How the error falls with the number of runs to train on (Sec. III of the paper).

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "libml/experiments/error_curves.hpp"
#include "libml/experiments/training_series.hpp"

namespace bondscope::ml {

struct LearningCurveSettings {
  std::string store;
  Recipe recipe;
  std::vector<std::size_t> samples;    ///< numbers of runs to train on
  std::vector<std::uint64_t> seeds;    ///< a training for each of them
  std::optional<double> target_mae{};  ///< how many runs does this error of the first target need?
  std::filesystem::path output;        ///< of the model folders, nN-seedS
};

/// The trainings, in ascending order of their runs. Throws what expect_runs() throws.
std::vector<TrainingJob> learning_curve_jobs(const LearningCurveSettings& settings, TrainingSeries& series);

ErrorCurves learning_curve(const LearningCurveSettings& settings, const std::vector<TrainingJob>& jobs,
                           TrainingSeries& series);

}  // namespace bondscope::ml
