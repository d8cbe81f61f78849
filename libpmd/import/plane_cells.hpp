#pragma once

// From a measurement to the cells of a momentum plane.

#include <cstdint>
#include <vector>

#include "libpmd/import/raster.hpp"
#include "libpmd/model/momentum_plane.hpp"

namespace bondscope {

/// Of each cell of a plane, [kx][ky].
struct MeasuredCells {
  std::vector<double>
      sums;  ///< what was measured in it, in the units of the raster's values; 0 if nothing was
  std::vector<std::uint8_t> measured;  ///< 1 if at least half of the cell was
};

/// The integral of a raster over each cell: the mean of its density over a square lattice of points at most
/// half a pixel apart, up to 64 × 64 of them, times the cell's area. Between the middles of pixels the
/// density is linear, which keeps sums and makes nothing negative, and blurs by 0.4 pixels (standard
/// deviation); pixels that were not measured have no part in it. The raster is one of pixels: dx = dy = 1.
MeasuredCells cells_of(const Raster& raster, const Geometry& geometry, const MomentumPlane& plane);

/// Events counted in each cell; those that are in none are passed over. A cell was measured if its middle
/// was.
MeasuredCells cells_of(const std::vector<Place>& momenta, const ImportSettings& settings,
                       const Geometry& geometry, const MomentumPlane& plane);

/// How far a raster reaches from momentum 0 along kx and ky, to the nearer side, a.u.
Place reach_of(const Raster& raster, const Geometry& geometry);

}  // namespace bondscope
