#pragma once

// Distributions to be asked about.

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "libml/data/samples.hpp"
#include "libml/predict/answer.hpp"

namespace bondscope::ml {

/// Samples as a model sees them, and what else was noticed of each.
struct Input {
  SampleSet samples;                            ///< one for each row
  std::vector<std::vector<std::string>> notes;  ///< of each sample
  std::vector<bool> incomplete;          ///< of each: whether cells of the model's window were not measured
  std::vector<std::string> differences;  ///< from the model's data, that were forced
};

/// Reads rows of a store (computed, derived or imported) or of an images file, all that are done or those of
/// a list like "0,3,5-9". Cells that were not measured (a store's mask) count as 0, and what share of the
/// model's window they are becomes a note; where they take away a whole edge of the window, or half of it,
/// DataError names axis and extent. Where the images mean something else (another pulse; numerics unless
/// `force`), DataError as expect_same_setting(); what is not known of a measurement is taken as the model
/// has it. Throws also what load_samples() throws.
Input load_input(const std::filesystem::path& file, const ModelDescription& model, const std::string& rows,
                 bool force, int threads, const LoadMonitor& monitor = {});

/// About all of them; what was noticed is among their notes.
std::vector<Answer> answers(const Answerer& answerer, const Input& input);

}  // namespace bondscope::ml
