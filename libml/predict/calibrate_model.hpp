#pragma once

// A model folder's calibration, from samples to files.

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "libml/predict/calibration.hpp"

namespace bondscope::ml {

/// How often intervals held on some runs.
struct CoverageOf {
  std::string file;                       ///< where they are from
  std::size_t runs = 0;                   ///< that count
  double electrons = 0;                   ///< counted of each, on average; 0: densities
  std::vector<TargetCoverage> coverages;  ///< empty: too few
};

/// A calibration and how often its intervals held.
struct CalibrationReport {
  std::vector<CoverageOf> within;  ///< the runs that calibrate, of each sample set: cross_coverage()
  CalibrationContent content;      ///< what was made
};

/// Whether calibrate_model() can do it: at least least_evidence samples that had no part in the training, at
/// least three that it was trained on, and targets that are numbers.
bool can_calibrate(const ModelDescription& model, const SampleSet& samples);

/// Calibrates with the samples that had no part in the training, and are not marked for training only: of one
/// set, or of several that differ in their numbers of electrons or detectors; of more than most_evidence in
/// all with a part of each. Writes calibration.safetensors; the description says so afterwards, and is not
/// written. Known runs are those of `trained`, or without it those of an earlier calibration, or of the first
/// set. Throws what calibrate() throws, ConfigError if there are no known runs, FileError.
CalibrationReport calibrate_model(Model& model, std::span<const SampleSet> sets, const SampleSet* trained,
                                  int threads);

/// What a calibration is worth on other samples.
struct CheckReport {
  CoverageOf of;      ///< those that were asked about
  double alarms = 0;  ///< share of them for which the alarm was raised
};
/// Samples that had a part in the training or the calibration are left out. Throws DataError if too few are
/// left.
CheckReport check_calibration(const Model& model, const CalibrationContent& content, const SampleSet& samples,
                              int threads);

/// What a card says of it, Markdown: with what it was calibrated, and how often intervals held there and
/// where they were checked.
std::string intervals_of_card(const CalibrationReport& report, std::span<const CheckReport> checks = {});

/// Writes the card of a calibrated model anew. Throws FileError.
void write_card(const Model& model, const std::string& intervals);

}  // namespace bondscope::ml
