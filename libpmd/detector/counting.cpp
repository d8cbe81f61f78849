#include "libpmd/detector/counting.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>

#include <fmt/format.h>

#include "libpmd/base/error.hpp"
#include "libpmd/base/text/number.hpp"
#include "libpmd/detector/poisson.hpp"

namespace bondscope {
namespace {

/// Where each detector cell of one axis begins, in samples, and behind the last one their number.
std::vector<std::size_t> cell_begins(std::size_t points, double first, double spacing,
                                     std::optional<double> cell) {
  std::vector<std::size_t> begins;
  double before = 0;
  for (std::size_t i = 0; i < points; ++i) {
    // A position on the edge of two cells, but for rounding, belongs to the upper one.
    const double position = first + static_cast<double>(i) * spacing;
    const double index = cell ? std::floor(position / *cell + 0.5 + 1e-9) : static_cast<double>(i);
    if (i == 0 || index != before) begins.push_back(i);
    before = index;
  }
  begins.push_back(points);
  return begins;
}

}  // namespace

void check_cell(double cell_au, const MomentumPlane& plane) {
  const double smallest = std::max(plane.dkx, plane.dky);
  if (!(cell_au >= smallest * (1 - 1e-9) && std::isfinite(cell_au)))
    throw ConfigError(fmt::format(
        "detector cell: {} a.u. is less than the spacing of the stored axes; expected at least {}",
        format_number(cell_au), format_number(smallest)));
}

std::vector<float> counted(std::span<const float> pmd, const MomentumPlane& plane, double electrons,
                           const RandomKey& key, std::optional<double> cell_au) {
  check_distribution(pmd, plane);
  if (!(electrons >= 1 && electrons <= most_electrons))
    throw ConfigError(fmt::format("electrons: {} is out of range; expected 1 to {}", format_number(electrons),
                                  format_number(most_electrons)));
  if (cell_au) check_cell(*cell_au, plane);
  double sum = 0;
  for (const float p : pmd)
    sum += p;
  std::vector<float> seen(pmd.begin(), pmd.end());
  if (sum == 0) return seen;

  const auto xs = cell_begins(plane.kx_points, plane.kx_first, plane.dkx, cell_au);
  const auto ys = cell_begins(plane.ky_points, plane.ky_first, plane.dky, cell_au);
  const double per_value = electrons / sum;
  std::uint64_t cell = 0;
  for (std::size_t a = 0; a + 1 < xs.size(); ++a)
    for (std::size_t b = 0; b + 1 < ys.size(); ++b, ++cell) {
      double content = 0;
      for (std::size_t x = xs[a]; x < xs[a + 1]; ++x)
        for (std::size_t y = ys[b]; y < ys[b + 1]; ++y)
          content += pmd[x * plane.ky_points + y];
      RandomDraws draws(key, RandomPurpose::counts, cell);
      const double count = poisson(std::min(content * per_value, most_electrons), draws);
      const auto samples = static_cast<double>((xs[a + 1] - xs[a]) * (ys[b + 1] - ys[b]));
      const auto density = static_cast<float>(count / (per_value * samples));
      for (std::size_t x = xs[a]; x < xs[a + 1]; ++x)
        for (std::size_t y = ys[b]; y < ys[b + 1]; ++y)
          seen[x * plane.ky_points + y] = density;
    }
  return seen;
}

}  // namespace bondscope
