#pragma once

// Laws that a model may or may not have learned, tested on the model alone.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "libml/explain/explanation.hpp"
#include "libml/explain/faithfulness.hpp"

namespace bondscope::ml {

/// How much of the maps lies beyond the direct electrons, |k| > 2√Up; means over images.
struct BeyondDirect {
  double map = 0;   ///< share of the maps' size
  double area = 0;  ///< share of the images' pixels: that of a map by chance
};
/// Of maps of these samples [kx][ky]. Both are 0 where the samples' store does not say what the pulse was.
BeyondDirect beyond_direct(const SampleSet& samples, std::span<const std::size_t> chosen,
                           const std::vector<Explanation>& explanations);

/// Whether what two cells a and b of an image contribute depends on each other: the size of
///   f(x) - f(x without a) - f(x without b) + f(x without both),
/// which is 0 of a sum over cells. "Without" means with the mean image in its place.
struct PairInteractions {
  /// Of pairs whose centres are so far apart, in cells along kx: up to 1.5, 3, 6, and farther.
  struct Distance {
    double farthest = 0;     ///< of these pairs; infinite of the last
    double interaction = 0;  ///< mean size, in the target's unit or a probability
    std::size_t pairs = 0;   ///< how many
  };
  std::vector<Distance> distances;  ///< the near ones first
  double single = 0;                ///< mean |f(x) - f(x without a)|, to compare with
};
/// Of so many random pairs of cells in each image, for the output that its explanation is of. `monitor` is
/// called after every image. Throws what ask() throws.
PairInteractions pair_interactions(const Model& model, const SampleSet& samples,
                                   std::span<const std::size_t> chosen,
                                   std::span<const Explanation> explanations,
                                   const FaithfulnessSettings& settings, const LoadMonitor& monitor = {},
                                   std::size_t pairs = 40);

/// Lines for people.
std::string laws_summary(const BeyondDirect& beyond, const PairInteractions& interactions,
                         const std::string& unit);

}  // namespace bondscope::ml
