#include "libpmd/store/compact.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "libpmd/base/error.hpp"
#include "libpmd/model/momentum_plane.hpp"

namespace bondscope {
namespace {

bool is_mirrored(std::span<const float> pmd, std::size_t ky_points) {
  for (std::size_t x = 0; x < pmd.size(); x += ky_points)
    for (std::size_t y = 0; y < ky_points / 2; ++y)
      if (pmd[x + y] != pmd[x + ky_points - 1 - y]) return false;
  return true;
}

double fourth_power(double value) {
  return (value * value) * (value * value);
}

}  // namespace

CompactDistribution compact(std::span<const float> pmd, std::size_t ky_points, int levels) {
  if (ky_points == 0 || pmd.empty() || pmd.size() % ky_points != 0)
    throw DataError(fmt::format("a distribution of {} values with {} along ky", pmd.size(), ky_points));
  if (levels < 1 || levels > 255) throw DataError(fmt::format("{} levels; expected 1 to 255", levels));
  check_values(pmd);
  const double max = *std::ranges::max_element(pmd);
  CompactDistribution made{std::vector<std::uint8_t>(pmd.size(), 0), 0, is_mirrored(pmd, ky_points)};
  if (max == 0) return made;

  double sum = 0, restored = 0;
  const std::size_t first = made.mirrored ? ky_points / 2 : 0;
  std::vector<std::uint8_t> before(ky_points, 0);
  for (std::size_t i = 0; i < pmd.size(); ++i) {
    const double root = std::round(levels * std::sqrt(std::sqrt(pmd[i] / max)));
    sum += pmd[i];
    restored += fourth_power(root);
    const std::size_t y = i % ky_points;
    if (y < first) continue;
    const auto q = static_cast<std::uint8_t>(root);
    made.differences[i] = static_cast<std::uint8_t>(q - before[y]);
    before[y] = q;
  }
  made.scale = std::sqrt(std::sqrt(sum / restored));
  return made;
}

std::vector<float> expand(const CompactDistribution& compact, std::size_t ky_points) {
  std::vector<float> pmd(compact.differences.size());
  std::vector<std::uint8_t> q(ky_points, 0);
  for (std::size_t x = 0; x + ky_points <= pmd.size(); x += ky_points)
    for (std::size_t y = ky_points; y-- > 0;) {
      q[y] = static_cast<std::uint8_t>(q[y] + compact.differences[x + y]);
      const bool mirror = compact.mirrored && y < ky_points / 2;
      pmd[x + y] = static_cast<float>(fourth_power((mirror ? q[ky_points - 1 - y] : q[y]) * compact.scale));
    }
  return pmd;
}

}  // namespace bondscope
