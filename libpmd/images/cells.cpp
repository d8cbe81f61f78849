#include "libpmd/images/cells.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include <fmt/format.h>

#include "libpmd/base/error.hpp"

namespace bondscope {
namespace {

/// Shares of samples' cells in new ones along an axis.
struct Share {
  std::size_t sample = 0, cell = 0;
  double part = 0;  ///< of the sample's cell
};

std::vector<Share> shares(std::size_t points, double first, double spacing, Interval window, int cells,
                          const char* axis) {
  // In units of the samples' cells, the first from 0 to 1.
  const double begin = (window.min - first) / spacing + 0.5, end = (window.max - first) / spacing + 0.5;
  const double tolerance = 1e-6, all = static_cast<double>(points);
  if (!(begin > -tolerance) || !(end < all + tolerance))
    throw DataError(fmt::format("the window {} to {} reaches beyond the axis {}, which ends at {} and {}",
                                format_number(window.min), format_number(window.max), axis,
                                format_number(first - spacing / 2),
                                format_number(first + (all - 0.5) * spacing)));
  const double width = (end - begin) / cells;
  std::vector<Share> found;
  for (int cell = 0; cell < cells; ++cell) {
    const double from = begin + cell * width, to = begin + (cell + 1) * width;
    const auto first_sample = static_cast<std::size_t>(std::max(std::floor(from), 0.0));
    for (auto i = first_sample; i < points && static_cast<double>(i) < to; ++i) {
      const auto left = static_cast<double>(i);
      double part = std::min(to, left + 1) - std::max(from, left);
      // Windows that are meant to end at cells' edges do so.
      if (part < 1e-9) continue;
      if (part > 1 - 1e-9) part = 1;
      found.push_back({i, static_cast<std::size_t>(cell), part});
    }
  }
  return found;
}

/// Adds `probability`, uniform over an interval around `centre`, to cells of equal widths from `begin` on.
void spread(std::vector<double>& cells, double begin, double width, double centre, double half,
            double probability) {
  const double from = (centre - half - begin) / width, to = (centre + half - begin) / width;
  const auto n = static_cast<std::ptrdiff_t>(cells.size());
  const double low = std::floor(from);
  if (to <= low + 1) {  // within one cell
    if (low >= 0 && low < static_cast<double>(n)) cells[static_cast<std::size_t>(low)] += probability;
    return;
  }
  const auto first = static_cast<std::ptrdiff_t>(std::max(low, 0.0));
  for (auto i = first; i < n && static_cast<double>(i) < to; ++i) {
    const auto left = static_cast<double>(i);
    cells[static_cast<std::size_t>(i)] +=
        probability * (std::min(to, left + 1) - std::max(from, left)) / (to - from);
  }
}

/// Calls add(kx, ky, probability) for the quarters of all samples' cells, at their centres.
void for_each_quarter(std::span<const float> pmd, const MomentumPlane& plane, const auto& add) {
  const double quarter = plane.dkx * plane.dky / 4;
  for (std::size_t x = 0; x < plane.kx_points; ++x)
    for (std::size_t y = 0; y < plane.ky_points; ++y) {
      const double density = pmd[x * plane.ky_points + y];
      if (density == 0) continue;
      const double kx = plane.kx_first + static_cast<double>(x) * plane.dkx;
      const double ky = plane.ky_first + static_cast<double>(y) * plane.dky;
      for (const double sx : {-0.25, 0.25})
        for (const double sy : {-0.25, 0.25})
          add(kx + sx * plane.dkx, ky + sy * plane.dky, density * quarter);
    }
}

double reach(double first, double spacing, std::size_t points) {
  return std::max(std::abs(first), std::abs(first + static_cast<double>(points - 1) * spacing)) + spacing / 2;
}

}  // namespace

std::vector<double> plane_cells(std::span<const float> pmd, const MomentumPlane& plane, Interval kx,
                                Interval ky, int nx, int ny) {
  const auto columns = static_cast<std::size_t>(ny);
  const auto along_kx = shares(plane.kx_points, plane.kx_first, plane.dkx, kx, nx, "kx");
  const auto along_ky = shares(plane.ky_points, plane.ky_first, plane.dky, ky, ny, "ky");
  std::vector<double> cells(static_cast<std::size_t>(nx) * columns, 0.0), row(columns);
  std::size_t of = plane.kx_points;
  for (const auto& [x, i, part_x] : along_kx) {
    if (x != of) {  // two neighbouring cells may share a sample
      of = x;
      std::ranges::fill(row, 0.0);
      for (const auto& [y, j, part_y] : along_ky)
        row[j] += part_y * pmd[x * plane.ky_points + y];
    }
    for (std::size_t j = 0; j < columns; ++j)
      cells[i * columns + j] += part_x * row[j];
  }
  for (auto& cell : cells)
    cell *= plane.dkx * plane.dky;
  return cells;
}

std::vector<double> kx_cells(std::span<const float> pmd, const MomentumPlane& plane, Interval kx, int n) {
  const double edge = plane.ky_first - plane.dky / 2;
  return plane_cells(pmd, plane, kx, {edge, edge + static_cast<double>(plane.ky_points) * plane.dky}, n, 1);
}

std::vector<double> energy_cells(std::span<const float> pmd, const MomentumPlane& plane, Interval energy,
                                 int n) {
  const double farthest = std::max(reach(plane.kx_first, plane.dkx, plane.kx_points),
                                   reach(plane.ky_first, plane.dky, plane.ky_points));
  if (energy.max > farthest * farthest / 2 * (1 + 1e-6))
    throw DataError(fmt::format("energies up to {} reach beyond the momentum axes, which end at {}",
                                format_number(energy.max), format_number(farthest * farthest / 2)));
  std::vector<double> cells(static_cast<std::size_t>(n), 0.0);
  const double width = (energy.max - energy.min) / n;
  const double hx = plane.dkx / 2, hy = plane.dky / 2;
  for_each_quarter(pmd, plane, [&](double kx, double ky, double probability) {
    const double mean = (kx * kx + ky * ky) / 2 + (hx * hx + hy * hy) / 24;
    const double half = std::min(std::hypot(kx * hx, ky * hy) / 2, mean);  // no energy is negative
    spread(cells, energy.min, width, mean, half, probability);
  });
  return cells;
}

std::vector<double> angle_cells(std::span<const float> pmd, const MomentumPlane& plane, int n) {
  constexpr double pi = std::numbers::pi;
  const double width = 2 * pi / n;
  const double hx = plane.dkx / 2, hy = plane.dky / 2;
  // What is spread beyond ±π belongs to the other end.
  std::vector<double> turns(3 * static_cast<std::size_t>(n), 0.0);
  for_each_quarter(pmd, plane, [&](double kx, double ky, double probability) {
    const double k2 = kx * kx + ky * ky;
    const double half = k2 > 0 ? std::min(std::hypot(ky * hx, kx * hy) / k2 / 2, pi) : pi;
    spread(turns, -3 * pi, width, k2 > 0 ? std::atan2(ky, kx) : 0, half, probability);
  });
  std::vector<double> cells(static_cast<std::size_t>(n), 0.0);
  for (std::size_t i = 0; i < turns.size(); ++i)
    cells[i % cells.size()] += turns[i];
  return cells;
}

}  // namespace bondscope
