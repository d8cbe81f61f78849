#include "libtdse/fit/observation.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

#include "libpmd/base/error.hpp"
#include "libpmd/images/cells.hpp"

namespace bondscope::tdse {
namespace {

/// One axis of the observed plane.
struct Samples {
  std::size_t points;
  double first, spacing;

  double edge(long i) const { return first + (static_cast<double>(i) - 0.5) * spacing; }
};

/// Along one axis: the first sample of the first cell, and the number of cells of `width` samples.
struct Blocks {
  long first = 0;
  int count = 0;
};

/// As many as lie within both planes.
Blocks blocks(const Samples& observed, const Samples& computed, long width) {
  const double tolerance = 1e-6 * observed.spacing;
  long first = 0, last = static_cast<long>(observed.points);
  while (first < last && observed.edge(first) < computed.edge(0) - tolerance)
    ++first;
  while (last > first && observed.edge(last) > computed.edge(static_cast<long>(computed.points)) + tolerance)
    --last;
  return {first, static_cast<int>((last - first) / width)};
}

}  // namespace

std::vector<double> Cells::of(std::span<const float> pmd, const MomentumPlane& plane) const {
  return plane_cells(pmd, plane, kx, ky, nx, ny);
}

std::size_t Observation::used_cells() const {
  return static_cast<std::size_t>(std::ranges::count(used, true));
}

Observation observe(std::span<const float> pmd, const RowArrays& arrays, const MomentumPlane& plane,
                    const MomentumPlane& computed, const ObservationSettings& settings) {
  if (!Range::positive_up_to(10).contains(settings.cell))
    throw ConfigError(
        fmt::format("cell: {}; expected {} (a.u.)", settings.cell, Range::positive_up_to(10).describe()));
  if (!(settings.floor < 0))
    throw ConfigError(fmt::format("floor: {}; expected a power of ten below 0", settings.floor));
  if (settings.electrons && !(*settings.electrons >= 1))
    throw ConfigError(fmt::format("electrons: {}; expected at least 1", *settings.electrons));
  const bool counted = !arrays.counts.empty();
  if (counted && settings.electrons)
    throw ConfigError("electrons: the distribution has counts of its own; expected none");
  check_size(pmd, plane);
  if (!counted) check_values(pmd);  // a density without background may be negative where counts are not

  const Samples x{plane.kx_points, plane.kx_first, plane.dkx}, y{plane.ky_points, plane.ky_first, plane.dky};
  const auto width = [&](const Samples& axis) {
    return std::max(1L, std::lround(settings.cell / axis.spacing));
  };
  const long wx = width(x), wy = width(y);
  const auto bx = blocks(x, {computed.kx_points, computed.kx_first, computed.dkx}, wx),
             by = blocks(y, {computed.ky_points, computed.ky_first, computed.dky}, wy);
  if (bx.count < 2 || by.count < 2)
    throw DataError(fmt::format(
        "the observed momenta (kx {:.4g} to {:.4g}, ky {:.4g} to {:.4g} a.u.) and those that are computed "
        "(kx {:.4g} to {:.4g}, ky {:.4g} to {:.4g}) share no two cells of {:.4g} a.u.",
        plane.kx_first, x.edge(static_cast<long>(x.points)), plane.ky_first,
        y.edge(static_cast<long>(y.points)), computed.kx_first,
        computed.kx_first + computed.dkx * static_cast<double>(computed.kx_points), computed.ky_first,
        computed.ky_first + computed.dky * static_cast<double>(computed.ky_points), settings.cell));

  Observation seen;
  seen.cells = {{x.edge(bx.first), x.edge(bx.first + bx.count * wx)},
                {y.edge(by.first), y.edge(by.first + by.count * wy)},
                bx.count,
                by.count};
  seen.values.assign(seen.cells.size(), 0);
  seen.used.assign(seen.cells.size(), true);
  for (int i = 0; i < bx.count * wx; ++i)
    for (int j = 0; j < by.count * wy; ++j) {
      const auto sample =
          static_cast<std::size_t>(bx.first + i) * plane.ky_points + static_cast<std::size_t>(by.first + j);
      const auto cell = static_cast<std::size_t>(i / wx) * static_cast<std::size_t>(by.count) +
                        static_cast<std::size_t>(j / wy);
      seen.values[cell] += counted ? static_cast<double>(arrays.counts[sample])
                                   : static_cast<double>(pmd[sample]) * plane.dkx * plane.dky;
      if (!arrays.mask.empty() && arrays.mask[sample] == 0) seen.used[cell] = false;
    }
  // Of a density that was counted, all electrons of the plane are those of the measurement.
  if (!counted && settings.electrons) {
    const double all = std::accumulate(pmd.begin(), pmd.end(), 0.0) * plane.dkx * plane.dky;
    for (auto& value : seen.values)
      value *= *settings.electrons / all;
  }
  const double brightest = *std::ranges::max_element(seen.values);
  if (!(brightest > 0)) throw DataError("the distribution is zero in all cells that are computed");
  if (counted || settings.electrons) {
    seen.electrons = 0;
    for (std::size_t c = 0; c < seen.values.size(); ++c)
      if (seen.used[c]) *seen.electrons += seen.values[c];
    if (*seen.electrons < 1) throw DataError("there is no electron in the cells that count");
  } else {
    for (std::size_t c = 0; c < seen.values.size(); ++c)
      if (seen.values[c] < std::pow(10.0, settings.floor) * brightest) seen.used[c] = false;
  }
  return seen;
}

}  // namespace bondscope::tdse
