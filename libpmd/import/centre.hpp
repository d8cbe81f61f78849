#pragma once

// The centre of a measured distribution, found by its symmetry.

#include "libpmd/import/raster.hpp"

namespace bondscope {

/// Where momentum 0 is, and how sure that is.
struct FoundCentre {
  Place centre;  ///< units of the file
  double symmetry =
      0;  ///< correlation of the distribution with its image about the centre, in at most 32 × 32 squares
};

/// Less correlation than this is no symmetry.
inline constexpr double least_symmetry = 0.5;

/// With a(p) the square root of what is above the background (below it, with its sign), 0 where nothing was
/// measured: the s/2 at which Σ a(p) a(s - p) is largest. The background is the lowest tenth of at most 32 ×
/// 32 squares. It is looked for in these and then in ever smaller ones down to pixels, and between half
/// pixels by a parabola. Throws DataError if the correlation is below least_symmetry, or that place lies at
/// the rim of the middle half of the image.
FoundCentre centre_by_inversion(const Raster& raster);

/// The same with the mirror image at a line in the direction of the angle: `start` is moved across that line.
FoundCentre centre_by_mirror(const Raster& raster, Place start, double angle_deg, bool y_down);

}  // namespace bondscope
