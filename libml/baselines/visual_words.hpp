#pragma once

// A fixed number of features from any number of key points: how frequent each of a few typical descriptors is
// ("bag of visual words", G. Csurka et al., ECCV 2004), in the image and in parts of it (S. Lazebnik et al.,
// CVPR 2006).

#include <array>
#include <cstdint>
#include <vector>

#include "libml/baselines/sift.hpp"

namespace bondscope::ml {

struct WordSettings {
  std::size_t words = 100;
  int parts_kx = 4, parts_ky = 2;  ///< of the image
};

class VisualWords {
 public:
  VisualWords() = default;
  /// Clusters (k-means) of descriptors of the images, as many as asked for, or as there are descriptors.
  /// Learned from at most 10000, drawn at random.
  VisualWords(const std::vector<KeyPoints>& images, const WordSettings& settings, std::uint64_t seed);

  std::size_t size() const { return words_.size(); }
  /// Number of frequencies: of every word in the image and in each of its parts.
  std::size_t length() const { return size() * (1 + parts_kx_ * parts_ky_); }
  /// Square roots of the frequencies relative to all of the image, which make distances between histograms
  /// meaningful (Hellinger); all zero if the image has no key point.
  std::vector<float> frequencies(const KeyPoints& image) const;

 private:
  using Word = std::array<float, descriptor_length>;
  std::size_t parts_kx_ = 0, parts_ky_ = 0;
  std::vector<Word> words_;
};

}  // namespace bondscope::ml
