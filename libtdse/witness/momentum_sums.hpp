#pragma once

// The amplitude by sums that are exact at any momenta: products of matrices, since each factor depends on one
// direction.

#include <vector>

#include <Eigen/Core>

#include "libtdse/witness/amplitude.hpp"

namespace bondscope::tdse {

/// By sums: exact at any momenta.
class MomentumSums : public Amplitude {
 public:
  /// For fields of nx × ny points at position(), of which this rank holds `rows` along x.
  MomentumSums(const MomentumAxes& axes, int nx, int ny, Slab rows, double spacing);

  void add(std::span<const Complex> taken, double t, double excursion) override;

 private:
  using Matrix = Eigen::Matrix<Complex, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

  std::vector<double> kx_, ky_;
  Matrix along_x_, along_y_;  ///< exp(-i kx x) Δ²/2π by [kx][row]; exp(-i ky y) by [y][ky]
};

}  // namespace bondscope::tdse
