#include "libml/explain/occlusion.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

#include "libpmd/base/error.hpp"

namespace bondscope::ml {
namespace {

void check_size(const char* name, int value, int most) {
  if (value < 1 || value > most)
    throw ConfigError(fmt::format("occlusion: {}={}, expected 1 to {}", name, value, most));
}

/// First pixels of the masks along one axis, ascending.
using Places = std::vector<std::size_t>;

Places places(int length, int mask, int stride) {
  Places found;
  for (int begin = 0; begin < length - mask; begin += stride)
    found.push_back(static_cast<std::size_t>(begin));
  found.push_back(static_cast<std::size_t>(length - mask));
  return found;
}

/// The two masks between whose centres a pixel is, and the second one's share of it.
struct Between {
  std::size_t first, second;
  float share;
};

Between between(const Places& masks, std::size_t pixel, int mask) {
  const auto first_centre = static_cast<float>(mask - 1) / 2;
  const float begin =
      std::clamp(static_cast<float>(pixel) - first_centre, 0.0f, static_cast<float>(masks.back()));
  const auto above =
      std::ranges::upper_bound(masks, begin, {}, [](std::size_t p) { return static_cast<float>(p); });
  const auto second = static_cast<std::size_t>(above - masks.begin());
  if (second == masks.size()) return {second - 1, second - 1, 0};
  const auto low = static_cast<float>(masks[second - 1]), high = static_cast<float>(masks[second]);
  return {second - 1, second, (begin - low) / (high - low)};
}

/// What the mask shows at every pixel.
std::vector<float> filling(const std::vector<float>& fill, std::span<const float> image) {
  if (fill.size() == image.size()) return fill;
  if (fill.size() > 1)
    throw ConfigError(
        fmt::format("occlusion: a mask of {} values, expected 1 or {}", fill.size(), image.size()));
  const double mean = std::accumulate(image.begin(), image.end(), 0.0) / static_cast<double>(image.size());
  return std::vector<float>(image.size(), fill.empty() ? static_cast<float>(mean) : fill.front());
}

}  // namespace

std::vector<float> occlusion_map(const Answers& answers, std::span<const float> image, int width, int height,
                                 std::size_t output, const OcclusionSettings& settings) {
  if (width < 1 || height < 1 ||
      image.size() != static_cast<std::size_t>(width) * static_cast<std::size_t>(height))
    throw DataError(
        fmt::format("occlusion: an image of {} pixels, expected {} x {}", image.size(), width, height));
  check_size("mask_kx", settings.mask_kx, width);
  check_size("mask_ky", settings.mask_ky, height);
  check_size("stride_kx", settings.stride_kx, settings.mask_kx);
  check_size("stride_ky", settings.stride_ky, settings.mask_ky);
  check_size("batch", settings.batch, 1 << 16);
  const auto fill = filling(settings.fill, image);
  const auto rows = static_cast<std::size_t>(width), columns = static_cast<std::size_t>(height);
  const auto masks_kx = places(width, settings.mask_kx, settings.stride_kx);
  const auto masks_ky = places(height, settings.mask_ky, settings.stride_ky);
  std::vector<float> drops(masks_kx.size() * masks_ky.size(), ask(answers, image, 1, output).front());

  const auto batch = static_cast<std::size_t>(settings.batch);
  for (std::size_t begin = 0; begin < drops.size(); begin += batch) {
    const std::size_t count = std::min(batch, drops.size() - begin);
    std::vector<float> images;
    images.reserve(count * image.size());
    for (std::size_t m = begin; m < begin + count; ++m) {
      const std::size_t kx = masks_kx[m / masks_ky.size()], ky = masks_ky[m % masks_ky.size()];
      const std::size_t first = images.size();
      images.insert(images.end(), image.begin(), image.end());
      for (std::size_t x = kx; x < kx + static_cast<std::size_t>(settings.mask_kx); ++x)
        std::copy_n(fill.begin() + static_cast<std::ptrdiff_t>(x * columns + ky), settings.mask_ky,
                    images.begin() + static_cast<std::ptrdiff_t>(first + x * columns + ky));
    }
    const auto occluded = ask(answers, images, count, output);
    for (std::size_t m = 0; m < count; ++m)
      drops[begin + m] -= occluded[m];
  }

  std::vector<float> map;
  map.reserve(image.size());
  for (std::size_t x = 0; x < rows; ++x) {
    const auto kx = between(masks_kx, x, settings.mask_kx);
    for (std::size_t y = 0; y < columns; ++y) {
      const auto ky = between(masks_ky, y, settings.mask_ky);
      const auto along_ky = [&](std::size_t row) {
        const float* drop = drops.data() + row * masks_ky.size();
        return drop[ky.first] + ky.share * (drop[ky.second] - drop[ky.first]);
      };
      map.push_back(along_ky(kx.first) + kx.share * (along_ky(kx.second) - along_ky(kx.first)));
    }
  }
  return map;
}

}  // namespace bondscope::ml
