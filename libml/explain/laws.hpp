#pragma once

// Laws that a model may or may not have learned, tested on the model alone.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "libml/explain/explanation.hpp"
#include "libml/explain/faithfulness.hpp"
#include "libml/explain/responses.hpp"

namespace bondscope::ml {

/// How much of the maps lies beyond the direct electrons, |k| > 2√Up; means over images.
struct BeyondDirect {
  double map = 0;   ///< share of the maps' size
  double area = 0;  ///< share of the images' pixels: that of a map by chance
};
/// Of maps of these samples [kx][ky]. Both are 0 where the samples' store does not say what the pulse was.
BeyondDirect beyond_direct(const SampleSet& samples, std::span<const std::size_t> chosen,
                           std::span<const Explanation> explanations);

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

/// What everything in a ring of momenta does together.
struct RingInfluence {
  double from = 0, to = 0;  ///< |k|/2√Up; 1 is where direct electrons end
  double area = 0;          ///< share of the images' pixels
  double effect = 0;        ///< mean |f(x) - f(x without the ring)|, in the target's unit or a probability
};
/// From the centre outwards, means over images; empty where the samples' store does not say what the pulse
/// was.
std::vector<RingInfluence> ring_influences(const Model& model, const SampleSet& samples,
                                           std::span<const std::size_t> chosen,
                                           std::span<const Explanation> explanations);

/// Of images that are their own mirror images along ky, both halves say the same, and hiding one should do
/// what hiding the other does.
struct HalfInfluence {
  std::size_t images = 0;  ///< that are symmetric; 0: nothing below has a meaning
  double effect = 0;       ///< mean |f(x) - f(x without a half)|
  double difference = 0;   ///< mean |f(x without the one) - f(x without the other)|
};
/// "Without" as above.
HalfInfluence half_influence(const Model& model, const SampleSet& samples,
                             std::span<const std::size_t> chosen, std::span<const Explanation> explanations);

/// All laws of one model. What does not apply is empty.
struct Laws {
  BeyondDirect beyond;               ///< where its maps lie
  PairInteractions pairs;            ///< what cells do together
  std::vector<RingInfluence> rings;  ///< what momenta do by their size
  HalfInfluence halves;              ///< what both halves do
  FringeResponses fringes;           ///< of a model that tells R
  std::vector<ParameterResponse>
      parameters;  ///< of a regression, from runs of the file that differ by one parameter
};
/// Tests them all, with images that test the model. Errors and monitor as above.
Laws test_laws(const Model& model, const SampleSet& samples, std::span<const std::size_t> chosen,
               std::span<const Explanation> explanations, const FaithfulnessSettings& settings,
               const LoadMonitor& monitor = {});

/// Lines for people.
std::string laws_summary(const Laws& laws, const std::string& unit);
/// laws.csv: law, at, value.
std::string laws_csv(const Laws& laws);

}  // namespace bondscope::ml
