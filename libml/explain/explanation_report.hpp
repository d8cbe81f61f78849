#pragma once

// Explanations of many images, as files and pictures.

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "libml/explain/explanation.hpp"
#include "libml/explain/faithfulness.hpp"
#include "libml/explain/map_averages.hpp"

namespace bondscope::ml {

/// What one method says of some samples.
struct Explanations {
  ExplanationMethod method = ExplanationMethod::occlusion;  ///< that made them
  std::vector<std::size_t> chosen;                          ///< of the samples
  std::vector<Explanation> of;                              ///< of each of these
  std::string unit;                                         ///< of answers: that of the target, or of scores
};

/// explanations.csv: run, R, intensity, answer, baseline, sum of the map, the crop's extent.
std::string explanations_csv(const SampleSet& samples, const Explanations& explanations);
/// maps.safetensors: `maps` [sample][kx][ky] (F32), `extent` [sample][4] (F64, a.u.: kx_min, kx_max, ky_min,
/// ky_max), `run` [sample] (I64: its number in its data set).
std::string explanations_safetensors(const SampleSet& samples, const Explanations& explanations);

/// Samples evenly spread over R, at most so many: what a sheet shows.
std::vector<std::size_t> spread_over_R(const SampleSet& samples, std::span<const std::size_t> chosen,
                                       std::size_t most);

/// Images and maps side by side, twelve of them spread over R.
void draw_explanations(const std::filesystem::path& png, const std::string& title, const SampleSet& samples,
                       const Explanations& explanations);
/// The averages of all bins: the mean maps, or where the attention is.
void draw_averages(const std::filesystem::path& png, const std::string& title, const SampleSet& samples,
                   const MapAverages& averages, bool attention, const std::string& unit);

/// Lines that say what a test of faithfulness found, and what it means.
std::string faithfulness_summary(const FaithfulnessScores& scores, const NetworkSpec& spec,
                                 const std::string& unit);
/// The same as one line of a table beside others, and its header.
std::string faithfulness_csv(ExplanationMethod method, const FaithfulnessScores& scores,
                             const NetworkSpec& spec);

}  // namespace bondscope::ml
