#pragma once

// The momentum plane that a distribution is sampled on: equidistant, with an origin; and what can be read off
// a distribution itself.

#include <cstddef>
#include <span>

#include "libpmd/model/diagnostics.hpp"

namespace bondscope {

/// Sample (i, j) of a distribution [kx][ky] lies at (kx_first + i·dkx, ky_first + j·dky) and stands for a
/// cell of dkx × dky around it; a.u.
struct MomentumPlane {
  std::size_t kx_points = 0, ky_points = 0;  ///< number of samples along each axis
  double kx_first = 0, ky_first = 0;         ///< the first sample, a.u.
  double dkx = 0, dky = 0;                   ///< from sample to sample, a.u.

  /// Of a distribution.
  std::size_t size() const { return kx_points * ky_points; }
};

/// Throws DataError unless each axis has at least two points, increasing and equidistant.
MomentumPlane plane_of(std::span<const double> kx, std::span<const double> ky);

/// Throws DataError unless all values are finite. Only measured distributions may have negative ones.
void check_finite(std::span<const float> pmd);
/// Throws DataError unless all values are finite and not negative.
void check_values(std::span<const float> pmd);
/// Throws DataError unless the distribution has the plane's size.
void check_size(std::span<const float> pmd, const MomentumPlane& plane);
/// Both.
void check_distribution(std::span<const float> pmd, const MomentumPlane& plane);

/// Sets yield, pmd_max and noise_floor from `pmd`, [kx][ky]; only the yield if that is not finite.
void measure(std::span<const float> pmd, const MomentumPlane& plane, Diagnostics& diagnostics);

}  // namespace bondscope
