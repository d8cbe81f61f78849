#pragma once

// Parts of images, and how alike an image is to them.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "libml/explain/labelled_images.hpp"
#include "libpmd/base/random/random.hpp"

namespace bondscope::ml {

/// Pixels of an image, ascending.
using ImagePart = std::vector<std::uint32_t>;

/// An image and its part that is compared.
struct DictionaryEntry {
  std::size_t image = 0;  ///< among the LabelledImages
  ImagePart part;         ///< that is compared
};

/// The pixels above `threshold`, of the map itself or, `relative`, in parts of its largest value; never those
/// that are not positive. Throws DataError unless there is one finite value for each of `pixels`.
ImagePart sensitive_part(const std::vector<float>& map, std::size_t pixels, double threshold, bool relative);

/// As many pixels as `area` of an image, in rectangles of patch_kx × patch_ky at random places.
ImagePart random_patches(int width, int height, std::size_t area, int patch_kx, int patch_ky, Random& random);

/// As many pixels as `area` in one rectangle at a random place, shaped as the image as far as that fits whole
/// pixels: its last row may be incomplete.
ImagePart random_rectangle(int width, int height, std::size_t area, Random& random);

/// Mean squared difference of the pixels of each entry's part, [image][entry], grey levels squared: of the
/// images at the positions `asked` of `images` from the entries, whose images are those of `known`.
std::vector<float> differences(const LabelledImages& known, std::span<const DictionaryEntry> entries,
                               const LabelledImages& images, std::span<const std::size_t> asked);

/// Each difference becomes the share of reference images that differ less from the same entry, continued
/// between them: so that parts of any size and grey compete fairly. `reference` are the differences of the
/// reference images from the same `entries` entries. Throws DataError if there are none.
void rank_differences(std::vector<float>& differences, std::size_t entries, std::span<const float> reference);

/// Positions of the entries in the order in which they are given up when the dictionary is to be smaller:
/// each time, of the two entries of one class that are the most alike (mean of the differences of each one's
/// part from the other's image), that of the smaller part, of equals the later; at last those that are alone.
std::vector<std::size_t> pruning_order(const LabelledImages& images,
                                       std::span<const DictionaryEntry> entries);

}  // namespace bondscope::ml
