#pragma once

// Test errors against the number of training runs, of one or several ways of training: learning curves
// (Sec. III) and transfer against training from scratch (Sec. IV).

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "libml/report/figures.hpp"
#include "libml/report/html_report.hpp"
#include "libml/report/power_law.hpp"
#include "libml/report/tables.hpp"

namespace bondscope::ml {

/// The test of one training.
struct CurvePoint {
  std::string curve;       ///< the way of training, e.g. "transfer, 3 blocks frozen"
  std::uint64_t seed = 0;  ///< of the training
  TestResult result;       ///< its test
};

/// Errors against numbers of training runs.
struct ErrorCurves {
  std::string title;                                       ///< of the report
  std::vector<std::pair<std::string, std::string>> facts;  ///< about data and settings, for the report
  std::vector<CurvePoint> points;                          ///< all trainings
  bool fit = true;                                         ///< whether a N^b + c is to be fitted
  std::optional<double> target_mae;  ///< of the first target: how many runs does it take?
  /// What others have found, by name: drawn beside the curves.
  std::vector<std::pair<std::string, PowerLaw>> laws = {};
  std::vector<HtmlSource> sources = {};  ///< what it was made from, for the report
};

/// Of one curve.
struct CurveSummary {
  std::string name;                          ///< the way of training
  std::vector<ErrorsAtSize> sizes;           ///< of the first metric, by number of training runs
  std::optional<LearningLaw> law = {};       ///< where three sizes or more admit one
  std::string no_law = {};                   ///< why there is none; empty if none was asked for
  std::optional<SamplesNeeded> needed = {};  ///< runs for the target, where there are a law and a target
};

/// In the order in which the curves first appear. Classifiers count by their error rate. A fit needs points
/// at three numbers of runs.
std::vector<CurveSummary> summarise(const ErrorCurves& errors);

/// For people: per curve and number of runs the mean over seeds, then the fits.
std::string describe(const std::vector<CurveSummary>& curves, const ErrorCurves& errors);

/// NAME.csv (all points), NAME.json (points and fits), NAME.png, report.html. Returns what could not be
/// drawn. Throws FileError.
std::vector<std::string> write_error_curves(const std::filesystem::path& folder, const std::string& name,
                                            const ErrorCurves& errors,
                                            const std::vector<CurveSummary>& curves);

}  // namespace bondscope::ml
