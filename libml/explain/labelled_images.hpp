#pragma once

// Images with the class that a classifier should give them: R in seven classes, on the first quadrant of the
// momentum plane (Sec. VI of the paper).

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "libml/data/samples.hpp"

namespace bondscope::ml {

/// Half-open intervals between neighbouring edges; the last one has its upper edge, too.
class Intervals {
 public:
  /// Throws ConfigError unless there are at least two edges, finite and ascending.
  explicit Intervals(std::vector<double> edges);

  static constexpr std::size_t none = std::numeric_limits<std::size_t>::max();
  std::size_t size() const { return edges_.size() - 1; }
  /// Number of the interval that `value` is in, or `none`.
  std::size_t operator()(double value) const;

 private:
  std::vector<double> edges_;
};
/// [1, 2) … [7, 8] a.u.: the paper's classes of R.
Intervals paper_classes();
/// [1, 2), [2, 3), [3, 4] · 1e14 W/cm²: the paper's bands of the intensity, in 1e14 W/cm².
Intervals paper_bands();

/// `pixels` is [image][kx][ky].
struct LabelledImages {
  int width = 0, height = 0;  ///< pixels along kx and ky
  std::vector<std::uint8_t> pixels;
  std::vector<std::size_t> class_of, band_of;  ///< of every image
  std::vector<std::size_t> sample;             ///< position in the SampleSet, for reports

  std::size_t size() const { return class_of.size(); }
  std::size_t pixels_per_image() const {
    return static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
  }
  std::span<const std::uint8_t> image(std::size_t i) const {
    return std::span(pixels).subspan(i * pixels_per_image(), pixels_per_image());
  }
};

/// The samples at the positions `chosen` whose R is in a class and whose intensity is in a band; the others
/// are left out. Throws DataError for a position that is not in the set, and if nothing is left.
LabelledImages label_images(const SampleSet& samples, std::span<const std::size_t> chosen,
                            const Intervals& classes = paper_classes(),
                            const Intervals& bands = paper_bands());

}  // namespace bondscope::ml
