#include "libpmd/model/momentum_plane.hpp"

#include <cmath>
#include <string>

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

}  // namespace

MomentumPlane plane_of(std::span<const double> kx, std::span<const double> ky) {
  const double dkx = spacing_of(kx, "kx"), dky = spacing_of(ky, "ky");
  return {kx.size(), ky.size(), kx.front(), ky.front(), dkx, dky};
}

void check_values(std::span<const float> pmd) {
  for (std::size_t i = 0; i < pmd.size(); ++i) {
    if (!std::isfinite(pmd[i]))
      throw DataError(fmt::format("momentum distribution: value {} is not finite", i));
    if (pmd[i] < 0)
      throw DataError(
          fmt::format("momentum distribution: value {} is negative ({})", i, format_number(pmd[i])));
  }
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

}  // namespace bondscope
