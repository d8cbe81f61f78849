#include "benchmarks/solver/comparison.hpp"

#include <algorithm>
#include <cmath>

#include "libpmd/images/image.hpp"
#include "libpmd/images/resize.hpp"

namespace bondscope::tdse::bench {
namespace {

constexpr float levels_per_decade = 51, darkest = -5, bright = -4;

double mean_rounded_difference(const std::vector<float>& a, const std::vector<float>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    sum += std::abs(std::round(a[i]) - std::round(b[i]));
  return sum / static_cast<double>(a.size());
}

/// W on the crop of `frame`, resized as the network's images, in grey levels.
std::vector<float> grey_levels(const std::vector<float>& w, std::span<const double> kx,
                               std::span<const double> ky, const Image& frame) {
  const auto& crop = frame.extent;
  std::vector<float> kept;
  int rows = 0;
  for (std::size_t i = 0; i < kx.size(); ++i) {
    if (kx[i] < crop.kx_min || kx[i] > crop.kx_max) continue;
    ++rows;
    for (std::size_t j = 0; j < ky.size(); ++j)
      if (ky[j] >= crop.ky_min && ky[j] <= crop.ky_max) kept.push_back(w[i * ky.size() + j]);
  }
  auto levels = resize_bicubic(kept, rows, static_cast<int>(kept.size()) / rows, frame.width, frame.height);
  for (auto& level : levels)
    level = std::clamp((level - darkest) * levels_per_decade, 0.0f, 255.0f);
  return levels;
}

}  // namespace

Comparison compare(const Distribution& candidate, const Distribution& reference, std::span<const double> kx,
                   std::span<const double> ky) {
  const auto w = log_distribution(candidate.pmd, darkest), v = log_distribution(reference.pmd, darkest);
  Comparison result;
  std::size_t support = 0;
  for (std::size_t i = 0; i < w.size(); ++i) {
    const double difference = levels_per_decade * std::abs(w[i] - v[i]);
    if (w[i] > darkest || v[i] > darkest) {
      result.samples_mean += difference;
      ++support;
    }
    if (v[i] > bright) result.samples_largest = std::max(result.samples_largest, difference);
  }
  result.samples_mean /= static_cast<double>(support);
  const auto a = make_image(candidate.pmd, kx, ky), b = make_image(reference.pmd, kx, ky);
  const auto p = grey_levels(w, kx, ky, b), q = grey_levels(v, kx, ky, b);
  result.image_mean = mean_rounded_difference(p, q);
  for (std::size_t i = 0; i < p.size(); ++i)
    if (q[i] > (bright - darkest) * levels_per_decade)
      result.image_largest = std::max(result.image_largest, std::abs(double{p[i]} - q[i]));
  result.own_crop_mean = mean_rounded_difference(a.pixels, b.pixels);
  const auto &x = a.extent, &y = b.extent;
  result.crop_edge = std::max({std::abs(x.kx_min - y.kx_min), std::abs(x.kx_max - y.kx_max),
                               std::abs(x.ky_min - y.ky_min), std::abs(x.ky_max - y.ky_max)});
  result.energy = candidate.diagnostics.ground_state_energy - reference.diagnostics.ground_state_energy;
  return result;
}

}  // namespace bondscope::tdse::bench
