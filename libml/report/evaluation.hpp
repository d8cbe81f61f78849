#pragma once

// A model tested on runs that it has not seen.

#include <optional>
#include <string>
#include <vector>

#include "libml/data/samples.hpp"
#include "libml/data/targets.hpp"
#include "libml/report/metrics.hpp"
#include "libml/train/model_folder.hpp"
#include "libpmd/base/config/differences.hpp"

namespace bondscope::ml {

/// One tested run; truth and prediction per target.
struct Prediction {
  Sample sample;
  std::vector<double> truth, predicted;
};

struct Evaluation {
  std::string model, weights, store, dataset;
  std::vector<std::string> targets;
  std::vector<Parameter> declared = {};  ///< by the data set of the tested runs
  std::uint64_t seed = 0;
  std::size_t train_runs = 0, validation_runs = 0;
  /// Runs of this store with the parameters of a run that was trained on or validated with: left out.
  std::size_t left_out = 0;
  std::size_t for_training_only = 0;         ///< others that are marked so: left out, too
  std::vector<Prediction> predictions = {};  ///< in the store's order
  std::vector<Score> scores = {};            ///< one per target; of a classifier none
  /// Of a classifier, whose truth and prediction are the numbers of classes.
  std::optional<Classification> classification = {};

  /// Prediction::truth or predicted of one target.
  std::vector<double> column(std::vector<double> Prediction::*values, std::size_t target) const;
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
