#pragma once

// What one training and its test came to, as a file for a browser.

#include <filesystem>
#include <vector>

#include "libml/report/evaluation.hpp"
#include "libml/report/html_report.hpp"
#include "libml/train/model_folder.hpp"
#include "libml/train/training_state.hpp"

namespace bondscope::ml {

/// With the pictures learning_curve.png, scatter.png, error_by_parameters.png and error_histogram.png that
/// lie in `folder`; those that do not are noted.
HtmlReport training_report(const std::filesystem::path& folder, const ModelDescription& model,
                           const Evaluation& evaluation, const std::vector<Epoch>& curve);

/// Writes it as report.html into `folder`. Throws FileError if that cannot be written.
void write_training_report(const std::filesystem::path& folder, const ModelDescription& model,
                           const Evaluation& evaluation, const std::vector<Epoch>& curve);

}  // namespace bondscope::ml
