#pragma once

// The effective potential at the points of a grid.
//
// V_eff = V - Δt²/24 |∇V|² has Fourier components beyond the Nyquist momentum k_N = π/Δ of a coarse grid. Its
// plain samples fold them back to momenta where they do not belong, which shifts bound states and scatters
// wrongly. A band-limited potential is filtered before it is sampled: near the nuclei
//   V_i = Σ_m h_m V_eff(x_i + mδ)
// in both directions, δ = Δ/4, with a windowed sinc h that ends at a few Δ; farther out V_eff has no such
// components, and V_i = V_eff(x_i).

#include <vector>

#include "libpmd/model/potential.hpp"
#include "libtdse/solver/grid.hpp"
#include "libtdse/solver/preset.hpp"

namespace bondscope::tdse {

/// V_eff on rows of a grid, hartree. Every value depends on its position and on the spacing alone, not on the
/// size of the grid or on who holds which rows, and has the symmetry of V, bit for bit.
class SampledPotential {
 public:
  /// V_eff = V - `step`²/24 |∇V|², filtered if numerics.band_limited; step = 0: of V itself.
  SampledPotential(const Grid& grid, Part rows, const Potential& potential, const Discretisation& numerics,
                   double step);
  /// Of all rows.
  SampledPotential(const Grid& grid, const Potential& potential, const Discretisation& numerics, double step)
      : SampledPotential(grid, Part{0, grid.nx}, potential, numerics, step) {}

  /// At a point of the grid, hartree.
  double at(int i, int j) const { return values_[index(i, j)]; }

 private:
  std::size_t index(int i, int j) const {
    return static_cast<std::size_t>(i - rows_.first) * static_cast<std::size_t>(ny_) +
           static_cast<std::size_t>(j);
  }

  Part rows_;
  int ny_;
  std::vector<double> values_;
};

}  // namespace bondscope::tdse
