#pragma once

// Parts of a few images that tell classes apart: if those that a classifier needs do so better than random
// ones, they are what it goes by (Sec. VI of the paper).

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "libml/data/samples.hpp"
#include "libml/explain/occlusion.hpp"
#include "libpmd/base/random/random.hpp"

namespace bondscope::ml {

/// Edges of the paper's classes of R, in a.u., and of its bands of the intensity, in 1e14 W/cm².
inline constexpr std::array<double, 8> paper_classes{1, 2, 3, 4, 5, 6, 7, 8};
/// Edges of the bands of the intensity, 1e14 W/cm².
inline constexpr std::array<double, 4> paper_bands{1, 2, 3, 4};

/// Images with the class that a classifier should give them: R in seven classes, on the first quadrant of the
/// momentum plane. `pixels` is [image][kx][ky].
struct LabelledImages {
  int width = 0, height = 0;                   ///< pixels along kx and ky
  std::vector<std::uint8_t> pixels;            ///< [image][kx][ky]
  std::vector<std::size_t> class_of, band_of;  ///< of every image
  std::vector<std::size_t> sample;             ///< position in the SampleSet, for reports

  /// Number of images.
  std::size_t size() const { return class_of.size(); }
  /// Width × height.
  std::size_t pixels_per_image() const {
    return static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
  }
  /// Pixels of image i.
  std::span<const std::uint8_t> image(std::size_t i) const {
    return std::span(pixels).subspan(i * pixels_per_image(), pixels_per_image());
  }
};

/// The samples at the positions `chosen` whose R is in a class and whose intensity is in a band, given by
/// their edges as class_of() takes them (targets.hpp); the others are left out. Throws ConfigError unless
/// there are at least two edges of each, finite and ascending; DataError for a position that is not in the
/// set, and if nothing is left.
LabelledImages label_images(const SampleSet& samples, std::span<const std::size_t> chosen,
                            std::span<const double> classes = paper_classes,
                            std::span<const double> bands = paper_bands);

/// How a dictionary is made and tested.
struct DictionarySettings {
  std::size_t images_per_cell = 3;  ///< of each class and band
  /// What is more sensitive belongs to the part. The paper speaks of values of the sensitivity itself, a drop
  /// of a score, so it is absolute; `relative_threshold` makes it a fraction of the map's largest value.
  double threshold = 0.2;
  /// Whether the threshold is relative to the largest sensitivity of the image.
  bool relative_threshold = false;
  std::size_t random_draws = 20;     ///< of the control; 0 leaves it out
  int patch_kx = 26, patch_ky = 13;  ///< pixels of the rectangles that random parts are put together from
  std::uint64_t seed = 1;            ///< of random parts
};

/// An image and its part that is compared.
struct DictionaryEntry {
  std::size_t image = 0;            ///< among the LabelledImages
  std::vector<std::uint32_t> part;  ///< pixels, ascending
};

/// How sensitive every pixel of an image is: occlusion, or any other method of explanation.
using SensitivityMap =
    std::function<std::vector<float>(std::span<const std::uint8_t> image, std::size_t class_of)>;
/// From the scores of a classifier.
SensitivityMap occlusion_maps(ClassScores scores, int width, int height,
                              const OcclusionSettings& settings = {});

/// How well the dictionary classifies.
struct DictionaryResult {
  std::vector<DictionaryEntry> entries;   ///< those with a part
  std::size_t chosen = 0;                 ///< images drawn, entries or not
  std::size_t without_part = 0;           ///< drawn images no pixel of which is above the threshold
  std::size_t area = 0;                   ///< pixels of all parts
  std::vector<std::size_t> tested;        ///< images that were not drawn
  std::vector<std::size_t> predicted;     ///< class of each of these
  double accuracy = 0;                    ///< share of `tested` that is classified correctly
  std::vector<double> random_accuracies;  ///< of every draw of random parts
  /// Accuracy of random areas: mean and extremes over the draws.
  double random_mean = 0, random_low = 0, random_high = 0;
  double most_frequent = 0;  ///< accuracy of always answering the class that is the most frequent of `tested`
};

/// The class of the entry with the smallest mean squared difference of the pixels of its part; of equals the
/// first. Throws DataError if there is no entry.
std::size_t classify(const LabelledImages& images, std::span<const DictionaryEntry> entries,
                     std::span<const std::uint8_t> image);

/// As many pixels as `area` of an image, in rectangles at random places.
std::vector<std::uint32_t> random_part(int width, int height, std::size_t area,
                                       const DictionarySettings& settings, Random& random);

/// Draws images, keeps their sensitive parts and classifies all other images with these; for comparison also
/// with random parts of the drawn images, each of the area of the part that it stands in for. `monitor` is
/// called after every map and every draw. Throws ConfigError if settings do not fit the images;
/// DataError if no image is left to test, no drawn image has a part, or a map has not one finite value
/// for every pixel; and what `map` and `monitor` throw.
DictionaryResult make_dictionary(const LabelledImages& images, const SensitivityMap& map,
                                 const DictionarySettings& settings = {}, const LoadMonitor& monitor = {});

}  // namespace bondscope::ml
