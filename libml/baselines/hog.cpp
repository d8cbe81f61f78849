#include "libml/baselines/hog.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include <fmt/format.h>

#include "libpmd/base/error.hpp"

namespace bondscope::ml {
namespace {

/// Position between two neighbours of a row of them: the lower one and the upper one's share.
struct Between {
  int lower;
  float share;
};

Between between(float position) {
  const float lower = std::floor(position);
  return {static_cast<int>(lower), position - lower};
}

/// Magnitudes [cell along kx][cell along ky][bin].
class Cells {
 public:
  Cells(int width, int height, const HogSettings& settings)
      : along_kx(width / settings.cell_kx),
        along_ky(height / settings.cell_ky),
        bins_(settings.bins),
        sums_(static_cast<std::size_t>(along_kx * along_ky * bins_)) {}

  void add(int kx, int ky, int bin, float amount) {
    if (kx >= 0 && kx < along_kx && ky >= 0 && ky < along_ky)
      sums_[index(kx, ky) + static_cast<std::size_t>((bin + bins_) % bins_)] += amount;
  }
  std::span<const float> operator()(int kx, int ky) const {
    return std::span(sums_).subspan(index(kx, ky), static_cast<std::size_t>(bins_));
  }

  const int along_kx, along_ky;

 private:
  std::size_t index(int kx, int ky) const { return static_cast<std::size_t>((kx * along_ky + ky) * bins_); }
  int bins_;
  std::vector<float> sums_;
};

Cells cells_of(std::span<const std::uint8_t> image, int width, int height, const HogSettings& settings) {
  const auto pixel = [&](int x, int y) {
    return static_cast<float>(
        image[static_cast<std::size_t>(std::clamp(x, 0, width - 1) * height + std::clamp(y, 0, height - 1))]);
  };
  Cells cells(width, height, settings);
  for (int x = 0; x < cells.along_kx * settings.cell_kx; ++x) {
    const auto kx = between((static_cast<float>(x) + 0.5f) / static_cast<float>(settings.cell_kx) - 0.5f);
    for (int y = 0; y < cells.along_ky * settings.cell_ky; ++y) {
      const float dx = pixel(x + 1, y) - pixel(x - 1, y), dy = pixel(x, y + 1) - pixel(x, y - 1);
      const float magnitude = std::sqrt(dx * dx + dy * dy);
      if (magnitude == 0) continue;
      const auto ky = between((static_cast<float>(y) + 0.5f) / static_cast<float>(settings.cell_ky) - 0.5f);
      const float turns = std::atan2(dy, dx) / std::numbers::pi_v<float> + 1;  // 0 … 2, one is 180°
      const auto bin = between(turns * static_cast<float>(settings.bins) - 0.5f);
      for (const int a : {0, 1})
        for (const int b : {0, 1})
          for (const int c : {0, 1})
            cells.add(kx.lower + a, ky.lower + b, bin.lower + c,
                      magnitude * (a ? kx.share : 1 - kx.share) * (b ? ky.share : 1 - ky.share) *
                          (c ? bin.share : 1 - bin.share));
    }
  }
  return cells;
}

void normalise(std::span<float> block) {
  const auto scale = [&] {
    float squares = 0;
    for (const float value : block)
      squares += value * value;
    if (squares > 0)
      for (float& value : block)
        value /= std::sqrt(squares);
  };
  constexpr float most = 0.2f;  // Lowe's and Dalal's: no single edge shall rule the block
  scale();
  for (float& value : block)
    value = std::min(value, most);
  scale();
}

}  // namespace

std::size_t hog_length(int width, int height, const HogSettings& settings) {
  const int along_kx = width / settings.cell_kx, along_ky = height / settings.cell_ky;
  if (along_kx < 2 || along_ky < 2)
    throw ConfigError(
        fmt::format("images of {} x {} pixels are too small for histograms of gradients; expected at least 2 "
                    "x 2 cells of "
                    "{} x {}",
                    width, height, settings.cell_kx, settings.cell_ky));
  return static_cast<std::size_t>((along_kx - 1) * (along_ky - 1) * 4 * settings.bins);
}

std::vector<float> hog(std::span<const std::uint8_t> image, int width, int height,
                       const HogSettings& settings) {
  std::vector<float> features;
  features.reserve(hog_length(width, height, settings));
  const auto cells = cells_of(image, width, height, settings);
  for (int x = 0; x + 1 < cells.along_kx; ++x)
    for (int y = 0; y + 1 < cells.along_ky; ++y) {
      const std::size_t begin = features.size();
      for (const int a : {0, 1})
        for (const int b : {0, 1}) {
          const auto cell = cells(x + a, y + b);
          features.insert(features.end(), cell.begin(), cell.end());
        }
      normalise(std::span(features).subspan(begin));
    }
  return features;
}

}  // namespace bondscope::ml
