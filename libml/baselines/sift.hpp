#pragma once

// Key points of images by the scale-invariant feature transform (D. G. Lowe, Int. J. Comput. Vis. 60, 91
// (2004)).

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "libml/arrays/array.hpp"
#include "libml/data/samples.hpp"

namespace bondscope::ml {

inline constexpr std::size_t descriptor_length = 128;  ///< numbers of a descriptor
/// 0 … 255; 16 bits wide because that is what vector instructions multiply.
using Descriptor = std::array<std::int16_t, descriptor_length>;

/// One descriptor for every key point and orientation, and where it is: along kx and ky in 0 … 1.
struct KeyPoints {
  /// Position of a key point.
  struct Place {
    float kx, ky;  ///< in 0 … 1
  };
  std::vector<Descriptor> descriptors;  ///< one for each place
  std::vector<Place> places;            ///< one for each descriptor
};

/// None if the image has no contrast. `width` is the number of pixels along kx.
KeyPoints key_points(std::span<const std::uint8_t> image, int width, int height);

/// Of the images at the positions `chosen`.
std::vector<KeyPoints> key_points(const SampleSet& samples, std::span<const std::size_t> chosen, int threads,
                                  const LoadMonitor& monitor);

/// How many of `asked` have a counterpart among `known`: the nearest is closer than `ratio` times the second
/// nearest (Lowe's test). None if there are fewer than two known.
std::size_t matches(std::span<const Descriptor> asked, std::span<const Descriptor> known, double ratio);

/// How visual words are made.
struct WordSettings {
  std::size_t words = 100;         ///< typical descriptors
  int parts_kx = 4, parts_ky = 2;  ///< of the image
};

/// A fixed number of features from any number of key points: how frequent each of a few typical descriptors
/// is
/// ("bag of visual words", G. Csurka et al., ECCV 2004), in the image and in parts of it (S. Lazebnik et al.,
/// CVPR 2006).
class VisualWords {
 public:
  VisualWords() = default;
  /// Clusters (k-means) of descriptors of the images, as many as asked for, or as there are descriptors.
  /// Learned from at most 10000, drawn at random.
  VisualWords(const std::vector<KeyPoints>& images, const WordSettings& settings, std::uint64_t seed);

  /// From what save() kept. Throws DataError if that cannot be.
  explicit VisualWords(const Learned& from);
  /// Under the names that the constructor reads.
  void save(Learned& into) const;

  /// Number of words.
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
