#pragma once

// The images that a direct comparison compares with, and what they answer.

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "libml/data/samples.hpp"
#include "libpmd/base/text/nearest.hpp"

namespace bondscope::ml {

/// Copies of images with their targets.
class KnownImages {
 public:
  KnownImages() = default;
  /// `truth` is [known][target].
  KnownImages(const SampleSet& samples, std::span<const std::size_t> known, std::vector<double> truth);

  std::size_t size() const { return count_; }
  std::span<const std::uint8_t> image(std::size_t i) const {
    const std::size_t n = pixels_.size() / count_;
    return std::span(pixels_).subspan(i * n, n);
  }
  std::span<const double> answer(std::size_t i) const {
    const std::size_t n = truth_.size() / count_;
    return std::span(truth_).subspan(i * n, n);
  }

  /// Which of `candidates` differs least from `image` in the mean squared difference of the pixels; of equals
  /// the first.
  std::size_t nearest(std::span<const std::uint8_t> image, std::span<const std::size_t> candidates) const;

 private:
  std::size_t count_ = 0;
  std::vector<std::uint8_t> pixels_;
  std::vector<double> truth_;
};

/// Sum of the squared differences of two images of one size, exact; or, once it is sure to reach
/// `not_below`, any number that is at least that.
std::uint64_t squared_difference(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b,
                                 std::uint64_t not_below = std::numeric_limits<std::uint64_t>::max());

}  // namespace bondscope::ml
