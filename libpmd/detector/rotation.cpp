#include "libpmd/detector/rotation.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

#include <fmt/format.h>

#include "libpmd/base/error.hpp"
#include "libpmd/base/text/number.hpp"
#include "libpmd/model/units.hpp"

namespace bondscope {
namespace {

struct Direction {
  double cosine = 1, sine = 0;
};

/// Exact for whole quarters of a turn.
Direction direction_of(double degrees) {
  const double quarters = degrees / 90;
  if (quarters == std::floor(quarters)) {
    constexpr std::array<Direction, 4> exact{{{1, 0}, {0, 1}, {-1, 0}, {0, -1}}};
    return exact[static_cast<std::size_t>(static_cast<long>(quarters) & 3)];
  }
  return {std::cos(degrees * units::degrees), std::sin(degrees * units::degrees)};
}

/// The four samples around a position of one axis, and their weights. Beyond the rim its value is repeated.
struct Taps {
  std::array<std::size_t, 4> sample{};
  std::array<double, 4> weight{};
};

Taps taps_at(double position, std::size_t points) {
  // What is a sample but for rounding is that sample.
  if (std::abs(position - std::round(position)) < 1e-9) position = std::round(position);
  const double below = std::floor(position), t = position - below;
  Taps taps;
  taps.weight = {((-0.5 * t + 1) * t - 0.5) * t, (1.5 * t - 2.5) * t * t + 1, ((-1.5 * t + 2) * t + 0.5) * t,
                 (0.5 * t - 0.5) * t * t};
  for (std::size_t n = 0; n < 4; ++n)
    taps.sample[n] = static_cast<std::size_t>(
        std::clamp(below + static_cast<double>(n) - 1, 0.0, static_cast<double>(points - 1)));
  return taps;
}

double limited_cubic(std::span<const float> pmd, std::size_t ky_points, const Taps& x, const Taps& y) {
  double sum = 0;
  float low = pmd[x.sample[1] * ky_points + y.sample[1]], high = low;
  for (std::size_t a = 0; a < 4; ++a)
    for (std::size_t b = 0; b < 4; ++b) {
      const float value = pmd[x.sample[a] * ky_points + y.sample[b]];
      low = std::min(low, value);
      high = std::max(high, value);
      sum += x.weight[a] * y.weight[b] * value;
    }
  return std::clamp(sum, static_cast<double>(low), static_cast<double>(high));
}

bool within(double position, std::size_t points) {
  return position >= -0.5 && position <= static_cast<double>(points) - 0.5;
}

}  // namespace

std::vector<float> rotated(std::span<const float> pmd, const MomentumPlane& plane, double degrees) {
  check_distribution(pmd, plane);
  if (!(std::abs(degrees) <= 360))
    throw ConfigError(
        fmt::format("rotation: {} degrees are out of range; expected -360 to 360", format_number(degrees)));
  const auto [cosine, sine] = direction_of(degrees);
  std::vector<float> turned(pmd.size());
  for (std::size_t i = 0; i < plane.kx_points; ++i)
    for (std::size_t j = 0; j < plane.ky_points; ++j) {
      const double kx = plane.kx_first + static_cast<double>(i) * plane.dkx;
      const double ky = plane.ky_first + static_cast<double>(j) * plane.dky;
      const double x = (cosine * kx + sine * ky - plane.kx_first) / plane.dkx;
      const double y = (cosine * ky - sine * kx - plane.ky_first) / plane.dky;
      if (!within(x, plane.kx_points) || !within(y, plane.ky_points)) continue;
      turned[i * plane.ky_points + j] = static_cast<float>(
          limited_cubic(pmd, plane.ky_points, taps_at(x, plane.kx_points), taps_at(y, plane.ky_points)));
    }
  return turned;
}

}  // namespace bondscope
