#pragma once

// What can be read off a momentum distribution itself.

#include <cstddef>
#include <span>

#include "libpmd/model/diagnostics.hpp"

namespace bondscope {

/// Spacings and extents of equidistant momentum axes, a.u.
struct MomentumCells {
  std::size_t kx_points = 0, ky_points = 0;
  double kx_spacing = 0, ky_spacing = 0;
};

/// Sets yield, pmd_max and noise_floor from `pmd`, [kx][ky]; only the yield if that is not finite.
void measure(std::span<const float> pmd, const MomentumCells& cells, Diagnostics& diagnostics);

}  // namespace bondscope
