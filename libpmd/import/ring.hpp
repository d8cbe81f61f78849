#pragma once

// A ring of known momentum in a measured distribution: its radius gives the scale.

#include "libpmd/import/raster.hpp"

namespace bondscope {

/// The radius between 0.9 and 1.1 `about` at which the mean over all directions is largest, in bins of a
/// hundredth of it, or of a pixel if that is more; between bins by a parabola. Throws DataError if that is at
/// either end, where it is no ring, or less than half of the ring was measured.
double ring_radius(const Raster& raster, Place centre, double about);

}  // namespace bondscope
