#pragma once

// All that was found about a model with one method, as one page for a browser.

#include <filesystem>
#include <string>
#include <vector>

#include "libml/explain/explanation_report.hpp"

namespace bondscope::ml {

/// What a page says beside the pictures; empty: not asked for.
struct ExplanationFindings {
  std::string answers;       ///< how many images, mean answers
  std::string faithfulness;  ///< faithfulness_summary()
  std::string laws;          ///< laws_summary()
  std::string information;   ///< information_summary()
  std::string agreement;     ///< with models beside it
};

/// A file without outside references, to be mailed and archived: facts, what the maps are, sheet.png,
/// averages.png and attention.png of `folder`, and the findings.
std::string explanation_page(const std::filesystem::path& folder, const Model& model,
                             const SampleSet& samples, ExplanationMethod method,
                             const ExplanationFindings& findings);

}  // namespace bondscope::ml
