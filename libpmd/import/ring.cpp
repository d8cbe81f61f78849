#include "libpmd/import/ring.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "libpmd/base/error.hpp"
#include "libpmd/base/text/number.hpp"

namespace bondscope {

double ring_radius(const Raster& raster, Place centre, double about) {
  constexpr double range = 0.1, per_circle = 6.283185307179586;
  const double bin = std::max(std::abs(raster.dx), about / 100), least = about * (1 - range) - bin / 2;
  const auto bins = static_cast<std::size_t>(std::floor(2 * range * about / bin)) + 1;
  std::vector<double> sums(bins), counts(bins);
  for (std::size_t row = 0; row < raster.values.rows; ++row)
    for (std::size_t column = 0; column < raster.values.columns; ++column) {
      if (!raster.measured[row * raster.values.columns + column]) continue;
      const auto [x, y] = raster.place(row, column);
      const double at = std::floor((std::hypot(x - centre.x, y - centre.y) - least) / bin);
      if (!(at >= 0 && at < static_cast<double>(bins))) continue;
      sums[static_cast<std::size_t>(at)] += raster.values.at(row, column);
      counts[static_cast<std::size_t>(at)] += 1;
    }
  const auto refuse = [&](const char* why) {
    throw DataError(
        fmt::format("ring_radius: no ring within 10 % of {}: {}; expected the radius of a bright one, or "
                    "'scale_au'",
                    format_number(about), why));
  };
  if (bins < 5) refuse("that is less than five pixels");
  for (std::size_t i = 0; i < bins; ++i) {
    const double radius = least + (static_cast<double>(i) + 0.5) * bin;
    if (counts[i] < 0.5 * per_circle * radius * bin / std::abs(raster.dx * raster.dy))
      refuse("less than half of it was measured");
    sums[i] /= counts[i];
  }
  const auto best = static_cast<std::size_t>(std::ranges::max_element(sums) - sums.begin());
  if (best == 0 || best + 1 == bins) refuse("the distribution only rises or falls there");
  const double before = sums[best - 1], peak = sums[best], after = sums[best + 1];
  const double shift = 2 * peak > before + after ? 0.5 * (after - before) / (2 * peak - before - after) : 0;
  return least + (static_cast<double>(best) + 0.5 + shift) * bin;
}

}  // namespace bondscope
