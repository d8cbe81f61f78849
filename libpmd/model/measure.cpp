#include "libpmd/model/measure.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace bondscope {
namespace {

double median_of_rim(std::span<const float> pmd, std::size_t nkx, std::size_t nky) {
  std::vector<float> rim;
  for (std::size_t i = 0; i < nkx; ++i)
    for (std::size_t j = 0; j < nky; ++j)
      if (i == 0 || j == 0 || i + 1 == nkx || j + 1 == nky) rim.push_back(pmd[i * nky + j]);
  std::nth_element(rim.begin(), rim.begin() + static_cast<std::ptrdiff_t>(rim.size() / 2), rim.end());
  return rim[rim.size() / 2];
}

}  // namespace

void measure(std::span<const float> pmd, const MomentumCells& cells, Diagnostics& diagnostics) {
  double sum = 0;
  for (const float p : pmd)
    sum += p;
  diagnostics.yield = sum * cells.kx_spacing * cells.ky_spacing;
  if (!std::isfinite(sum)) return;  // what is not a number cannot be sorted
  diagnostics.pmd_max = *std::max_element(pmd.begin(), pmd.end());
  diagnostics.noise_floor = median_of_rim(pmd, cells.kx_points, cells.ky_points);
}

}  // namespace bondscope
