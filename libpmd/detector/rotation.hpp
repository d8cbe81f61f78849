#pragma once

// Rotation of the momentum plane about k = 0.

#include <span>
#include <vector>

#include "libpmd/model/momentum_plane.hpp"

namespace bondscope {

/// The distribution turned by `degrees` from the kx axis towards the ky axis. Cubic interpolation of the
/// values (Keys kernel, a = -1/2) that is limited to the range of the sixteen samples it is made of: never
/// negative, no overshoot. Where the turned plane has no samples, beyond half a cell from the stored rim, the
/// result is 0. By a multiple of 360°, and of 180° or 90° where that maps the samples onto each other, exact.
/// What structures finer than two spacings lose, and the norm, docs/degradations.md tells. Throws DataError
/// (bad distribution), ConfigError (angle not within ±360°).
std::vector<float> rotated(std::span<const float> pmd, const MomentumPlane& plane, double degrees);

}  // namespace bondscope
