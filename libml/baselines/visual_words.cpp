#include "libml/baselines/visual_words.hpp"

#include <algorithm>
#include <cmath>

#include <opencv2/core.hpp>

#include "libpmd/base/random/random.hpp"

namespace bondscope::ml {
namespace {

constexpr std::size_t most_descriptors = 10000;

/// OpenCV's generator of this thread, seeded, and as it was afterwards.
class SeededGenerator {
 public:
  explicit SeededGenerator(std::uint64_t seed) : before_(cv::theRNG()) { cv::theRNG() = cv::RNG(seed); }
  ~SeededGenerator() { cv::theRNG() = before_; }
  SeededGenerator(const SeededGenerator&) = delete;
  SeededGenerator& operator=(const SeededGenerator&) = delete;

 private:
  cv::RNG before_;
};

}  // namespace

VisualWords::VisualWords(const std::vector<KeyPoints>& images, const WordSettings& settings,
                         std::uint64_t seed)
    : parts_kx_(static_cast<std::size_t>(settings.parts_kx)),
      parts_ky_(static_cast<std::size_t>(settings.parts_ky)) {
  std::vector<const Descriptor*> all;
  for (const auto& image : images)
    for (const auto& descriptor : image.descriptors)
      all.push_back(&descriptor);
  Random random(seed, "visual words");
  const auto order = permutation(all.size(), random);
  const std::size_t count = std::min(all.size(), most_descriptors);
  const std::size_t words = std::min(settings.words, count);
  if (words == 0) return;
  cv::Mat descriptors(static_cast<int>(count), static_cast<int>(descriptor_length), CV_32F);
  for (std::size_t i = 0; i < count; ++i)
    std::ranges::copy(*all[order[i]], descriptors.ptr<float>(static_cast<int>(i)));

  cv::Mat centres = descriptors;
  if (words < count) {  // for OpenCV, a single row would be as many points as it has numbers
    const SeededGenerator generator(random.bits());
    cv::Mat labels;
    centres = cv::Mat();
    cv::kmeans(descriptors, static_cast<int>(words), labels,
               {cv::TermCriteria::MAX_ITER + cv::TermCriteria::EPS, 50, 0.1}, 1, cv::KMEANS_PP_CENTERS,
               centres);
  }
  words_.resize(words);
  for (std::size_t w = 0; w < words; ++w)
    std::copy_n(centres.ptr<float>(static_cast<int>(w)), descriptor_length, words_[w].begin());
}

std::vector<float> VisualWords::frequencies(const KeyPoints& image) const {
  std::vector<float> counts(length());
  if (words_.empty()) return counts;
  const auto part = [](float place, std::size_t parts) {
    const auto n = static_cast<float>(parts);
    return static_cast<std::size_t>(std::clamp(place * n, 0.0f, n - 1));
  };
  for (std::size_t p = 0; p < image.descriptors.size(); ++p) {
    const auto distance = [&descriptor = image.descriptors[p]](const Word& word) {
      float sum = 0;
      for (std::size_t i = 0; i < descriptor_length; ++i)
        sum += (word[i] - descriptor[i]) * (word[i] - descriptor[i]);
      return sum;
    };
    const auto word =
        static_cast<std::size_t>(std::ranges::min_element(words_, {}, distance) - words_.begin());
    const auto [kx, ky] = image.places[p];
    ++counts[word];
    ++counts[(1 + part(kx, parts_kx_) * parts_ky_ + part(ky, parts_ky_)) * words_.size() + word];
  }
  for (float& count : counts)
    if (count > 0) count = std::sqrt(count / static_cast<float>(image.descriptors.size()));
  return counts;
}

}  // namespace bondscope::ml
