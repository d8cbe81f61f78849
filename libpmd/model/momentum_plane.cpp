#include "libpmd/model/momentum_plane.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "libpmd/base/error.hpp"
#include "libpmd/base/text/number.hpp"

namespace bondscope {
namespace {

double spacing_of(std::span<const double> axis, const char* name) {
  const auto refuse = [&](const char* reason) { throw DataError(fmt::format("axis {}: {}", name, reason)); };
  if (axis.size() < 2) refuse("fewer than two points");
  const double spacing = (axis.back() - axis.front()) / static_cast<double>(axis.size() - 1);
  if (!std::isfinite(spacing) || spacing <= 0) refuse("not increasing");
  for (std::size_t i = 0; i < axis.size(); ++i)
    if (!(std::abs(axis[i] - axis.front() - static_cast<double>(i) * spacing) < 1e-6 * spacing))
      refuse("not equidistant");
  return spacing;
}

double median_of_rim(std::span<const float> pmd, std::size_t nkx, std::size_t nky) {
  std::vector<float> rim;
  for (std::size_t i = 0; i < nkx; ++i)
    for (std::size_t j = 0; j < nky; ++j)
      if (i == 0 || j == 0 || i + 1 == nkx || j + 1 == nky) rim.push_back(pmd[i * nky + j]);
  std::nth_element(rim.begin(), rim.begin() + static_cast<std::ptrdiff_t>(rim.size() / 2), rim.end());
  return rim[rim.size() / 2];
}

}  // namespace

MomentumPlane plane_of(std::span<const double> kx, std::span<const double> ky) {
  const double dkx = spacing_of(kx, "kx"), dky = spacing_of(ky, "ky");
  return {kx.size(), ky.size(), kx.front(), ky.front(), dkx, dky};
}

void check_finite(std::span<const float> pmd) {
  for (std::size_t i = 0; i < pmd.size(); ++i)
    if (!std::isfinite(pmd[i]))
      throw DataError(fmt::format("momentum distribution: value {} is not finite", i));
}

void check_values(std::span<const float> pmd) {
  check_finite(pmd);
  for (std::size_t i = 0; i < pmd.size(); ++i)
    if (pmd[i] < 0)
      throw DataError(
          fmt::format("momentum distribution: value {} is negative ({})", i, format_number(pmd[i])));
}

void check_size(std::span<const float> pmd, const MomentumPlane& plane) {
  if (pmd.size() != plane.size())
    throw DataError(fmt::format("momentum distribution: {} values, but the axes have {} x {} points",
                                pmd.size(), plane.kx_points, plane.ky_points));
}

void check_distribution(std::span<const float> pmd, const MomentumPlane& plane) {
  check_size(pmd, plane);
  check_values(pmd);
}

void measure(std::span<const float> pmd, const MomentumPlane& plane, Diagnostics& diagnostics) {
  double sum = 0;
  for (const float p : pmd)
    sum += p;
  diagnostics.yield = sum * plane.dkx * plane.dky;
  if (!std::isfinite(sum)) return;  // what is not a number cannot be sorted
  diagnostics.pmd_max = *std::max_element(pmd.begin(), pmd.end());
  diagnostics.noise_floor = median_of_rim(pmd, plane.kx_points, plane.ky_points);
}

}  // namespace bondscope
