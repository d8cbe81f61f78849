#pragma once

// Results as text files for other programs, and as lines for people.

#include <filesystem>
#include <string>
#include <vector>

#include "libml/report/evaluation.hpp"
#include "libml/train/trainer.hpp"

namespace ml {

/// learning_curve.csv: one line per epoch; columns named after the targets.
void write_learning_curve_csv(const std::filesystem::path& file, const std::vector<std::string>& targets,
                              const std::vector<Epoch>& curve);

/// predictions.csv: the run's number in its data set, its parameters, the crop's extent; true value,
/// prediction and error of every target.
void write_predictions_csv(const std::filesystem::path& file, const Evaluation& evaluation);

/// metrics.json: counts, seed and the scores of every target with their units.
void write_metrics_json(const std::filesystem::path& file, const Evaluation& evaluation,
                        const ModelDescription& model);

/// The scores as a few lines of text.
std::string summary(const Evaluation& evaluation);

}  // namespace ml
