#pragma once

// Parts of a few images that tell classes apart: if those that a classifier needs do so better than random
// ones, they are what it goes by (Sec. VI of the paper).

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <utility>
#include <vector>

#include "libml/explain/labelled_images.hpp"
#include "libml/explain/parts.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/text/named.hpp"

namespace bondscope {

namespace ml {
/// What of the entries decides of which class an image is.
enum class Likeness {
  mse,  ///< the smallest mean squared difference, as in the paper
  rank  ///< the smallest share of reference images that differ less
};
}  // namespace ml
/// Names on the command line and in experiments.
template <>
constexpr auto names_of<ml::Likeness>() {
  return std::array{std::pair{ml::Likeness::mse, "mse"}, std::pair{ml::Likeness::rank, "rank"}};
}

namespace ml {

/// No drawn image has a part.
class NoParts : public DataError {
 public:
  using DataError::DataError;
};

/// How a dictionary is made and tested.
struct DictionarySettings {
  std::size_t images_per_cell = 3;  ///< of each class and band
  /// What is more sensitive belongs to the part: the paper's 0.2, in parts of the map's largest value, or of
  /// the map itself: of occlusion a drop of the score, of other maps nothing.
  double threshold = 0.2;
  bool relative_threshold = true;     ///< to the map's largest value
  Likeness likeness = Likeness::mse;  ///< what decides
  std::size_t random_draws = 5;       ///< of each control with random parts
  int patch_kx = 26, patch_ky = 13;   ///< pixels of the rectangles that random patches are put together from
  std::uint64_t seed = 1;             ///< of everything random
};

/// How sensitive every pixel [kx][ky] of one of the images is: occlusion, or any other explanation of why it
/// is of its class.
using SensitivityMap = std::function<std::vector<float>(std::size_t image)>;

/// Shares of the tested images that are classified correctly, with the same drawn images.
struct DictionaryAccuracies {
  double parts = 0;          ///< by the sensitive parts
  double patches = 0;        ///< by random patches, each as large as the part that it stands in for: mean
  double rectangle = 0;      ///< by one random rectangle of that size: mean
  double whole = 0;          ///< by whole images: what no part can be expected to exceed by much
  double permuted = 0;       ///< by the sensitive parts with permuted classes
  double most_frequent = 0;  ///< by always answering the class that is the most frequent of those tested
};

/// A dictionary that was made of one choice of the images.
struct Dictionary {
  std::vector<DictionaryEntry> entries;  ///< those with a part
  std::size_t chosen = 0;                ///< images drawn, entries or not
  std::size_t area = 0;                  ///< pixels of all parts
  std::vector<std::size_t> tested;       ///< images that were not drawn
  std::vector<std::size_t> predicted;    ///< class of each of these
  DictionaryAccuracies accuracies;       ///< of it and of its controls
  /// Accuracy when only so many entries are left, [entries - 1], pruned of parts that are alike.
  std::vector<double> pruned;
};

/// Up to `images_per_cell` images of every class and band, drawn at random; ascending. Other choices are
/// other draws, of the same seed.
std::vector<std::size_t> drawn_images(const LabelledImages& images, const DictionarySettings& settings,
                                      std::uint64_t choice);

/// Draws images (the choice with this number), keeps their sensitive parts and classifies all other images
/// with these, and does the same with the controls. `reference` are images from elsewhere, of training runs,
/// that the rank is among; otherwise it may be empty. Throws ConfigError if settings do not fit the images;
/// NoParts if no drawn image has a part; DataError if no image is left to test, or a map has not one finite
/// value for every pixel; and what `map` throws.
Dictionary make_dictionary(const LabelledImages& images, const SensitivityMap& map,
                           const DictionarySettings& settings, std::uint64_t choice,
                           const LabelledImages& reference = {});

}  // namespace ml
}  // namespace bondscope
