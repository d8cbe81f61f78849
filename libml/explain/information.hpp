#pragma once

// Maps against physics: where information about R lies is a property of the distribution, whatever reads it.
// pmd_store sensitivity computes it, i(k; R) = p(k) (∂ ln p/∂R)².

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "libml/data/samples.hpp"
#include "libml/explain/explanation.hpp"
#include "libml/explain/faithfulness.hpp"
#include "libpmd/store/store.hpp"

namespace bondscope::ml {

/// How a map in cells compares with the information in these.
struct InformationLikeness {
  double correlation = 0;  ///< rank correlation
  double share = 0;        ///< of the map's size that lies in the cells that hold half of the information
};

/// Means over runs, for cells of the images' crops.
struct InformationMeans {
  std::size_t runs = 0;     ///< with an explanation and information
  double area = 0;          ///< share of the cells that hold half of the information: that of a map by chance
  InformationLikeness map;  ///< of the explanations
  InformationLikeness edges;        ///< of an edge detector: |grey level's gradient|
  InformationLikeness probability;  ///< of the probability itself
};

/// Of the runs in a part of a parameter's range.
struct InformationBin {
  std::string range;       ///< "R 1 to 3.3 a.u."
  InformationMeans means;  ///< of these
};

/// Over all runs and over thirds of the ranges of R and of the intensity, those that have runs.
struct InformationScores {
  InformationMeans all;              ///< of all runs
  std::vector<InformationBin> bins;  ///< R's first
};

/// A store that `pmd_store sensitivity --output` has made of runs displaced in `parameter`, e.g. R. Throws
/// DataError for any other, and what Store::open() throws.
Store open_information(const std::filesystem::path& file, const std::string& parameter);

/// Positions of the samples whose runs the store has, by their parameters.
std::vector<std::size_t> samples_with_information(const Store& information, const SampleSet& samples);

/// Of the samples whose runs `information` (open_information()) has, with a map for each of `chosen`
/// [kx][ky]. Throws DataError if none of them is there or a run's information is damaged, negative or not
/// finite, and what the store throws.
InformationScores compare_with_information(const Store& information, const SampleSet& samples,
                                           std::span<const std::size_t> chosen,
                                           const std::vector<Explanation>& explanations,
                                           const FaithfulnessSettings& settings);
/// For people.
std::string information_summary(const InformationScores& scores);

}  // namespace bondscope::ml
