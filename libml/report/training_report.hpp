#pragma once

// What one training and its test came to, as a file for a browser.

#include <filesystem>
#include <vector>

#include "libml/report/evaluation.hpp"
#include "libml/report/html_report.hpp"
#include "libml/train/model_folder.hpp"
#include "libml/train/training_state.hpp"

namespace bondscope::ml {

/// Writes report.html into `folder`, with the pictures learning_curve.png, scatter.png,
/// error_by_parameters.png and error_histogram.png that lie there; those that do not are noted. The curve is
/// empty of a method without epochs; sections of `more` follow the test. Throws
/// FileError if it cannot be written.
void write_training_report(const std::filesystem::path& folder, const ModelDescription& model,
                           const Evaluation& evaluation, const std::vector<Epoch>& curve,
                           const std::vector<HtmlSection>& more = {});

}  // namespace bondscope::ml
