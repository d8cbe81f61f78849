#pragma once

// Probabilities in cells: of the momentum plane, of kx, of the energy, of the angle. Every sample of a
// distribution stands for a cell of one spacing around it in which the density is the same everywhere; what
// of it lies in a new cell is added there, so that nothing is lost, and nothing counted twice.

#include <span>
#include <vector>

#include "libpmd/images/image_settings.hpp"
#include "libpmd/model/momentum_plane.hpp"

namespace bondscope {

/// ∫∫ PMD dkx dky over each of `nx` × `ny` equal cells of the window, [kx][ky]. `pmd` is [kx][ky] on `plane`,
/// finite and not negative. Throws DataError if the window reaches beyond the samples' cells.
std::vector<double> plane_cells(std::span<const float> pmd, const MomentumPlane& plane, Interval kx,
                                Interval ky, int nx, int ny);

/// ∫ dkx over each of `n` equal intervals of kx, and over all ky. Throws as plane_cells().
std::vector<double> kx_cells(std::span<const float> pmd, const MomentumPlane& plane, Interval kx, int n);

/// ∫ dP/dE dE over each of `n` equal intervals of E = (kx² + ky²)/2. A sample's quarter cell is taken as
/// uniform in E with the true mean and, to second order, the true variance: exact in the sum, and to the
/// square of the spacing in its place. Of energies that the plane has not in all directions only what it has.
/// Throws DataError if it has the highest in none.
std::vector<double> energy_cells(std::span<const float> pmd, const MomentumPlane& plane, Interval energy,
                                 int n);

/// ∫ dP/dθ dθ over each of `n` equal intervals of θ from -π to π, tan θ = ky/kx. As energy_cells(); they add
/// up to the probability in the plane.
std::vector<double> angle_cells(std::span<const float> pmd, const MomentumPlane& plane, int n);

}  // namespace bondscope
