#pragma once

// A model tested on runs that it has not seen: how good its predictions are, with the uncertainty that a
// finite test set leaves.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "libml/data/samples.hpp"
#include "libml/data/targets.hpp"
#include "libml/train/model_folder.hpp"
#include "libpmd/base/config/differences.hpp"
#include "libpmd/base/statistics/quantile.hpp"

namespace bondscope::ml {

/// Of one target, in its unit.
struct Score {
  std::size_t count = 0;  ///< of test samples
  double mae = 0;         ///< mean absolute error
  /// Bootstrap interval of the MAE over the test samples, 95 %. It holds for the trained network as it is:
  /// the scatter between trainings is not in it.
  ConfidenceInterval mae_95;
  double rmse = 0;               ///< root of the mean squared error
  double absolute_error_sd = 0;  ///< standard deviation of the absolute errors (divisor n-1)
  double bias = 0;               ///< mean of predicted - true
  double mae_of_mean = 0;        ///< MAE of always answering the training set's mean
};

/// Of a classifier.
struct Classification {
  std::vector<std::string> names;                   ///< of the classes
  std::vector<std::vector<std::size_t>> confusion;  ///< [true class][predicted class]
  std::size_t count = 0;                            ///< of test samples
  double accuracy = 0;                              ///< part that was classified right
  ConfidenceInterval accuracy_95;                   ///< as Score::mae_95
  double accuracy_of_commonest = 0;  ///< of always answering the training set's commonest class
};

/// `predicted` and `truth` of equal length, at least one. Throws DataError if they are empty or not
/// finite.
Score score(std::span<const double> predicted, std::span<const double> truth, double training_mean,
            std::uint64_t seed);

/// Numbers of classes below names.size(). Throws DataError if there are none, or one is not such a
/// number.
Classification classify(std::span<const double> predicted, std::span<const double> truth,
                        std::vector<std::string> names, std::size_t commonest, std::uint64_t seed);

/// One tested run; truth and prediction per target.
struct Prediction {
  Sample sample;                         ///< what was asked about
  std::vector<double> truth, predicted;  ///< one for each target, in its unit
};

/// A test of a model on a store.
struct Evaluation {
  std::string model, weights, store, dataset;       ///< as named by the user, and in the store
  std::vector<std::string> targets;                 ///< names
  std::vector<Parameter> declared = {};             ///< by the data set of the tested runs
  std::uint64_t seed = 0;                           ///< of the model's training
  std::size_t train_runs = 0, validation_runs = 0;  ///< that the model was trained on and validated with
  /// Runs of this store with the parameters of a run that was trained on or validated with: left out.
  std::size_t left_out = 0;
  std::size_t for_training_only = 0;         ///< others that are marked so: left out, too
  std::vector<Prediction> predictions = {};  ///< in the store's order
  std::vector<Score> scores = {};            ///< one per target; of a classifier none
  /// Of a classifier, whose truth and prediction are the numbers of classes.
  std::optional<Classification> classification = {};

  /// Prediction::truth or predicted of one target.
  std::vector<double> column(std::vector<double> Prediction::*values, std::size_t target) const;
  /// What an output stands for.
  Target target_of(std::size_t output) const { return target(targets[output], declared); }
};

/// Keys of the images' setting in which a model and samples differ, with both values.
std::vector<Difference> setting_differences(const ModelDescription& model, const SampleSet& samples);

/// Refuses samples that the model's images cannot be compared with; `force` lets other numerics (not another
/// pulse) pass. Throws DataError that names every differing key and both values.
void expect_same_setting(const ModelDescription& model, const SampleSet& samples, bool force);

/// Predicts all samples that had no part in the training, were not set aside by it, and are not marked for
/// training only. `samples` must
/// have the model's image settings. Throws DataError if the image size or floor differs or nothing is
/// left to test.
Evaluation evaluate(const Model& model, const SampleSet& samples);

/// Positions of the samples that evaluate() predicts.
std::vector<std::size_t> test_samples(const ModelDescription& model, const SampleSet& samples);
/// The same for these samples, whatever part they had. Throws DataError if there are none.
Evaluation evaluate(const Model& model, const SampleSet& samples, const std::vector<std::size_t>& chosen);

}  // namespace bondscope::ml
