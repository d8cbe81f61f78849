#pragma once

// What is known of a model's answers beside the model itself: the part of a model folder that makes answers
// with intervals and an alarm of single numbers.

#include <filesystem>
#include <vector>

#include "libml/predict/alarm.hpp"
#include "libml/predict/conformal.hpp"
#include "libml/predict/coverage.hpp"
#include "libml/predict/known_runs.hpp"
#include "libml/predict/traits.hpp"
#include "libml/train/model_folder.hpp"

namespace bondscope::ml {

/// As calibration.safetensors keeps it, of n runs that the model has not learned from:
///   answers, truths        float64 [n][target]
///   electrons              float64 [n], 0 of what was not counted
///   strangeness            float64 [n][4], in the order of Strangeness::names
///   traits                 float64 [n][5], in the order of Traits::names
/// and the known runs, k of those that the model was trained on, with r of them to be shown:
///   mean_image, components, odd     of thumbnails, as principal_components.hpp has them
///   known.features float32 [k][component], known.residuals float32 [k], known.extents float32 [k][4],
///   known.runs int64 [k] (positions in train_runs of model.json), known.truths float64 [k][target]
///   references.known int64 [r] (positions among the k), references.images uint8 [r][kx][ky] and
///   references.ranges float32 [r][2] (what 0 and 255 mean)
struct CalibrationContent {
  Evidence evidence;                     ///< answers, truths, electrons
  std::vector<Strangeness> strangeness;  ///< of each run
  std::vector<Traits> traits;            ///< of each run
  KnownRuns known;                       ///< of the training

  /// The arrays.
  Learned learned() const;
  /// From these, of such a model. Throws DataError if they do not fit.
  static CalibrationContent from(const Learned& learned, const ModelDescription& model);
};

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
                     const CalibrationContent& content, const SomeSamples& held_back);

/// Of a model folder. Throws ConfigError if it has none, and says how to make one; DataError if it is damaged
/// or does not fit the model, FileError.
CalibrationContent read_calibration(const Model& model);

}  // namespace bondscope::ml
