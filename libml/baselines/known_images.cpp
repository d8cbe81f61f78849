#include "libml/baselines/known_images.hpp"

#include <algorithm>
#include <utility>

#include "libpmd/base/text/nearest.hpp"

namespace bondscope::ml {

KnownImages::KnownImages(const SampleSet& samples, std::span<const std::size_t> known,
                         std::vector<double> truth)
    : count_(known.size()), truth_(std::move(truth)) {
  pixels_.reserve(known.size() * samples.pixels_per_image());
  for (const auto i : known) {
    const auto image = samples.image_of(i);
    pixels_.insert(pixels_.end(), image.begin(), image.end());
  }
}

std::size_t KnownImages::nearest(std::span<const std::uint8_t> asked,
                                 std::span<const std::size_t> candidates) const {
  std::size_t best = candidates.front();
  auto smallest = std::numeric_limits<std::uint64_t>::max();
  for (const auto i : candidates) {
    const auto difference = squared_difference(asked, image(i), smallest);
    if (difference < smallest) {
      smallest = difference;
      best = i;
    }
  }
  return best;
}

std::uint64_t squared_difference(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b,
                                 std::uint64_t not_below) {
  constexpr std::size_t piece = 2048;  // 2048 · 255² fits 32 bits, which is what vector instructions add fast
  std::uint64_t sum = 0;
  for (std::size_t begin = 0; begin < a.size() && sum < not_below; begin += piece) {
    const std::size_t end = std::min(a.size(), begin + piece);
    std::int32_t part = 0;
    for (std::size_t i = begin; i < end; ++i) {
      const auto difference = static_cast<std::int16_t>(a[i] - b[i]);
      part += difference * difference;
    }
    sum += static_cast<std::uint64_t>(part);
  }
  return sum;
}

}  // namespace bondscope::ml
