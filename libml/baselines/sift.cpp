#include "libml/baselines/sift.hpp"

#include <algorithm>
#include <limits>

#include <opencv2/features2d.hpp>

#include "libpmd/base/threads/for_each_index.hpp"

namespace bondscope::ml {
namespace {

std::int32_t product(const Descriptor& a, const Descriptor& b) {
  std::int32_t sum = 0;
  for (std::size_t i = 0; i < descriptor_length; ++i)
    sum += a[i] * b[i];
  return sum;
}

}  // namespace

KeyPoints key_points(std::span<const std::uint8_t> image, int width, int height,
                     const SiftSettings& settings) {
  const auto sift =
      cv::SIFT::create(0, settings.layers, settings.contrast, settings.edge_ratio, settings.sigma, CV_8U);
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

std::vector<KeyPoints> key_points(const SampleSet& samples, std::span<const std::size_t> chosen,
                                  const SiftSettings& settings, int threads, const LoadMonitor& monitor) {
  std::vector<KeyPoints> found(chosen.size());
  for_each_index(
      chosen.size(), threads,
      [&](std::size_t i) {
        found[i] =
            key_points(samples.image_of(chosen[i]), samples.image.width, samples.image.height, settings);
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

}  // namespace bondscope::ml
