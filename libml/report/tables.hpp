#pragma once

// Results as text files for other programs, and lines for people who watch a training.

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "libml/data/samples.hpp"
#include "libml/report/evaluation.hpp"
#include "libml/train/model_folder.hpp"
#include "libml/train/trainer.hpp"

namespace bondscope::ml {

/// Cells of one line of a CSV file, quoted where they must be.
std::string csv_line(const std::vector<std::string>& cells);

/// learning_curve.csv: one line per epoch; columns named after the targets (of a classifier: error rates).
void write_learning_curve_csv(const std::filesystem::path& file, const Recipe& recipe,
                              const std::vector<Epoch>& curve);

/// predictions.csv: the run's number in its data set, its parameters, the crop's extent; true value,
/// prediction and error of every target, of a classifier the true and the predicted class.
void write_predictions_csv(const std::filesystem::path& file, const Evaluation& evaluation);

/// A column of the predictions.csv of a model folder, by the run's number: "true_R", "predicted_R",
/// "error_R". Throws FileError, and DataError if the file was changed or has no such column.
std::map<std::uint64_t, double> read_predictions(const std::filesystem::path& folder,
                                                 const std::string& column);
/// Errors of a target, answer minus truth. Throws as read_predictions().
std::map<std::uint64_t, double> read_errors(const std::filesystem::path& folder, const std::string& target);

/// metrics.json: counts, seed and the scores of every target with their units, or those of a classifier.
void write_metrics_json(const std::filesystem::path& file, const Evaluation& evaluation,
                        const ModelDescription& model);

/// What of a test is compared with others.
struct Metric {
  std::string name;                  ///< the target whose MAE it is, or "accuracy"
  std::string unit;                  ///< "" of an accuracy
  double value = 0;                  ///< in the unit
  ConfidenceInterval interval_95{};  ///< bootstrap over the test runs
  /// Of an MAE: the absolute errors, by the run's number in its data set; read_test_result() has none.
  std::map<std::uint64_t, double> errors = {};
};
/// A test in numbers.
struct TestResult {
  std::vector<Metric> metrics;                ///< of each target
  std::size_t train_runs = 0, test_runs = 0;  ///< how many
  /// That the learning took, in all goes; models of before do not say it.
  std::optional<double> training_seconds = {};
};
/// From an evaluation.
TestResult test_result(const Evaluation& evaluation);
/// The same from the metrics.json of a model folder. Throws FileError if there is none, DataError if it is
/// damaged.
TestResult read_test_result(const std::filesystem::path& folder);

/// The scores as a few lines of text.
std::string summary(const Evaluation& evaluation);

/// What a store gave and what was left out.
std::string describe(const SampleSet& samples, double seconds);

/// Where the running epoch is.
std::string progress_line(const BatchDone& batch, const Recipe& recipe, double seconds_left);

/// "38657 parameters, best of 40 epochs", or "method svm_hog", for one line about a model.
std::string about(const ModelDescription& model, const std::string& weights);

/// Split, method and machine of a training that begins.
std::string describe_start(const ModelDescription& model);

/// One epoch: learning rate, losses, mean absolute errors, time left.
std::string progress_line(const Epoch& epoch, const Recipe& recipe, double seconds_left);

}  // namespace bondscope::ml
