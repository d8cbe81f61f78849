#include "libml/baselines/sift.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>
#include <opencv2/core.hpp>
#include <opencv2/features2d.hpp>

#include "libpmd/base/error.hpp"
#include "libpmd/base/random/random.hpp"
#include "libpmd/base/threads/for_each_index.hpp"

namespace bondscope::ml {
namespace {

/// Extrema of less contrast are no key points (pixels in 0 … 1, times the layers of an octave). Half of
/// Lowe's 0.04, so that smooth distributions have some, too.
constexpr double contrast = 0.02;
constexpr double edge_ratio = 10;  ///< of principal curvatures; what is longer is an edge, no key point
constexpr double sigma = 1.6;      ///< pixels, blur of the first layer
constexpr int layers = 3;          ///< of an octave

std::int32_t product(const Descriptor& a, const Descriptor& b) {
  std::int32_t sum = 0;
  for (std::size_t i = 0; i < descriptor_length; ++i)
    sum += a[i] * b[i];
  return sum;
}

constexpr std::size_t most_descriptors = 10000;
constexpr int most_parts = 64;

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

KeyPoints key_points(std::span<const std::uint8_t> image, int width, int height) {
  const auto sift = cv::SIFT::create(0, layers, contrast, edge_ratio, sigma, CV_8U);
  cv::Mat pixels(width, height, CV_8U);
  std::copy(image.begin(), image.end(), pixels.begin<std::uint8_t>());
  std::vector<cv::KeyPoint> points;
  cv::Mat descriptors;
  sift->detectAndCompute(pixels, cv::noArray(), points, descriptors);
  KeyPoints found;
  for (int i = 0; i < descriptors.rows; ++i) {
    std::copy_n(descriptors.ptr<std::uint8_t>(i), descriptor_length,
                found.descriptors.emplace_back().begin());
    const auto& place = points[static_cast<std::size_t>(i)].pt;  // rows of the matrix are along kx
    found.places.push_back({place.y / static_cast<float>(width), place.x / static_cast<float>(height)});
  }
  return found;
}

std::vector<KeyPoints> key_points(const SampleSet& samples, std::span<const std::size_t> chosen, int threads,
                                  const LoadMonitor& monitor) {
  std::vector<KeyPoints> found(chosen.size());
  for_each_index(
      chosen.size(), threads,
      [&](std::size_t i) {
        found[i] = key_points(samples.image_of(chosen[i]), samples.image.width, samples.image.height);
      },
      monitor);
  return found;
}

std::size_t matches(std::span<const Descriptor> asked, std::span<const Descriptor> known, double ratio) {
  if (known.size() < 2) return 0;
  std::vector<std::int32_t> squares(known.size());
  for (std::size_t j = 0; j < known.size(); ++j)
    squares[j] = product(known[j], known[j]);
  std::size_t count = 0;
  for (const auto& descriptor : asked) {
    // |a - b|² - |a|² of the nearest two.
    auto first = std::numeric_limits<std::int32_t>::max(), second = first;
    for (std::size_t j = 0; j < known.size(); ++j) {
      const auto distance = squares[j] - 2 * product(descriptor, known[j]);
      second = std::min(second, std::max(first, distance));
      first = std::min(first, distance);
    }
    const auto square = product(descriptor, descriptor);
    if (first + square < ratio * ratio * (second + square)) ++count;
  }
  return count;
}

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

VisualWords::VisualWords(const Learned& from) {
  const auto parts = [&](const char* name) {
    const double value = from.setting(name);
    if (!(value >= 1 && value <= most_parts) || value != std::floor(value))
      throw DataError(fmt::format("the setting '{}' is {}; expected a whole number from 1 to {}", name, value,
                                  most_parts));
    return static_cast<std::size_t>(value);
  };
  parts_kx_ = parts("parts_kx");
  parts_ky_ = parts("parts_ky");
  const auto& numbers = from.values<float>("words", {Learned::any, std::int64_t{descriptor_length}});
  words_.resize(numbers.size() / descriptor_length);
  for (std::size_t w = 0; w < words_.size(); ++w)
    std::copy_n(numbers.data() + w * descriptor_length, descriptor_length, words_[w].begin());
}

void VisualWords::save(Learned& into) const {
  std::vector<float> numbers;
  for (const auto& word : words_)
    numbers.insert(numbers.end(), word.begin(), word.end());
  into.add("words", {static_cast<std::int64_t>(words_.size()), std::int64_t{descriptor_length}},
           std::move(numbers));
  into.settings["parts_kx"] = static_cast<double>(parts_kx_);
  into.settings["parts_ky"] = static_cast<double>(parts_ky_);
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
