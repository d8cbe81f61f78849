#pragma once

// Images with the class that a classifier should give them.

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "libml/data/samples.hpp"

namespace bondscope::ml {

/// Edges of the paper's classes of R, in a.u.
inline constexpr std::array<double, 8> paper_classes{1, 2, 3, 4, 5, 6, 7, 8};
/// Edges of its bands of the intensity, 1e14 W/cm².
inline constexpr std::array<double, 4> paper_bands{1, 2, 3, 4};

/// Images with their classes: R in seven classes, on the first quadrant of the momentum plane.
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

}  // namespace bondscope::ml
