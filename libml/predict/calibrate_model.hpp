#pragma once

// A model folder's calibration, from samples to files.

#include <optional>
#include <span>
#include <vector>

#include "libml/predict/calibration.hpp"

namespace bondscope::ml {

/// A calibration and how often its intervals held.
struct CalibrationReport {
  std::vector<std::size_t> runs;                       ///< that calibrate, of each sample set
  std::vector<std::vector<TargetCoverage>> coverages;  ///< within these, cross_coverage(); empty: too few
  CalibrationContent content;                          ///< what was made
};

/// Whether calibrate_model() can do it: at least least_evidence samples that had no part in the training, at
/// least three that it was trained on, and targets that are numbers.
bool can_calibrate(const ModelDescription& model, const SampleSet& samples);

/// Calibrates with the samples that had no part in the training, and are not marked for training only: of one
/// set, or of several that differ in their numbers of electrons; of more than most_evidence in all with a
/// part of each. Writes calibration.safetensors; the description says so afterwards, and is not written.
/// Known runs are those of `trained`, or without it those of an earlier calibration, or of the first set.
/// Throws what calibrate() throws, ConfigError if there are no known runs, FileError.
CalibrationReport calibrate_model(Model& model, std::span<const SampleSet> sets, const SampleSet* trained,
                                  int threads);

/// What a calibration is worth on other samples.
struct CheckReport {
  std::size_t runs = 0;                   ///< that were asked about
  std::vector<TargetCoverage> coverages;  ///< of them
  double alarms = 0;                      ///< share of them for which the alarm was raised
};
/// Samples that had a part in the training or the calibration are left out. Throws DataError if too few are
/// left.
CheckReport check_calibration(const Model& model, const CalibrationContent& content, const SampleSet& samples,
                              int threads);

}  // namespace bondscope::ml
