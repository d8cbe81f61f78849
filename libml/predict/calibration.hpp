#pragma once

// What is known of a model's answers beside the model itself: the part of a model folder that makes answers
// with intervals and an alarm of single numbers.

#include <filesystem>
#include <vector>

#include "libml/predict/calibration_content.hpp"
#include "libml/predict/coverage.hpp"
#include "libml/train/model_folder.hpp"

namespace bondscope::ml {

/// Samples, and some of them.
struct SomeSamples {
  const SampleSet& samples;                ///< from one file
  const std::vector<std::size_t>& chosen;  ///< positions
};

/// Positions of the samples with the parameters of runs that the model was trained on.
std::vector<std::size_t> trained_on(const ModelDescription& model, const SampleSet& samples);

/// The runs that the model was trained on, as known ones. Throws DataError.
KnownRuns known_runs(const ModelDescription& model, const SomeSamples& trained, int threads);

/// Asks the model about runs that had no part in its training. Throws DataError if a target is not known of
/// one, or if there are fewer than least_evidence; ConfigError of classifiers, whose answers are no numbers.
CalibrationContent calibrate(const Model& model, KnownRuns known, const SomeSamples& held_back, int threads);

/// By which coverage is told: R, the intensity, and the other targets, as far as they differ among these.
std::vector<Divider> dividers(const SomeSamples& some, const std::vector<Target>& targets);

/// Writes calibration.safetensors into the folder and says so in the description, which is not written.
/// Throws FileError.
void add_calibration(const std::filesystem::path& folder, ModelDescription& model,
                     const CalibrationContent& content, const std::vector<SomeSamples>& held_back);

/// Of a model folder. Throws ConfigError if it has none, and says how to make one; DataError if it is damaged
/// or does not fit the model, FileError.
CalibrationContent read_calibration(const Model& model);

}  // namespace bondscope::ml
