#pragma once

// The momentum amplitude of what the absorber takes out, by sums that are exact at any momenta.

#include <complex>
#include <span>
#include <vector>

#include <Eigen/Core>
#include <mpi.h>

#include "libpmd/model/fields.hpp"
#include "libtdse/witness/slab_transform.hpp"

namespace bondscope::tdse {

/// b(kx, ky) = Σ over events exp{i[k² t/2 + kx ∫₀ᵗA dt']} ψ̃(k), ψ̃(k) = (Δ²/2π) Σ ψ(r) exp(-ik·r), on the
/// axes of the output: products of matrices, since each factor depends on one direction. No interpolation.
class MomentumSums {
 public:
  using Complex = std::complex<double>;

  /// For fields of nx × ny points at position(), of which this rank holds `rows` along x.
  MomentumSums(const MomentumAxes& axes, int nx, int ny, Slab rows, double spacing);

  /// What is taken out at time t, this rank's rows [x][y]; excursion is ∫₀ᵗA dt'.
  void add(std::span<const Complex> taken, double t, double excursion);
  /// |b|² of all ranks, a.u.⁻², [kx][ky]. Collective.
  std::vector<float> distribution(MPI_Comm processes) const;

 private:
  using Matrix = Eigen::Matrix<Complex, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

  std::vector<double> kx_, ky_;
  Matrix along_x_, along_y_;  ///< exp(-i kx x) Δ²/2π by [kx][row]; exp(-i ky y) by [y][ky]
  Matrix amplitude_;          ///< [kx][ky], of this rank's rows
};

}  // namespace bondscope::tdse
