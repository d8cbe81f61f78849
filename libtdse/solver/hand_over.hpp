#pragma once

// From the inner box, with its fine grid, to the outer one.
//
// The wave function is a sum of two, ψ = ψ_inner + ψ_outer. Both obey the same TDSE, under the whole
// potential and the whole field, and may overlap; the TDSE is linear, so that any share of one may be given
// to the other at any time. After an interval a mask m(r), 1 inside and 0 near the edge of the inner box,
// leaves mψ_inner and gives (1-m)ψ_inner. It is no absorber: nothing is lost or reflected where it acts, and
// its shape does not matter as long as the coarser grid holds what is given.

#include <vector>

#include "libtdse/solver/grid.hpp"

namespace bondscope::tdse {

/// Where the inner box gives its wave away, a.u. from the origin.
struct MaskRange {
  double begin = 0;             ///< m = 1 within
  double end = 0;               ///< m = 0 beyond; the rest of the box is for what moves in an interval
  double kept(double r) const;  ///< m(r)
};

/// Gives the outer box what the mask leaves none of in the inner one.
class HandOver {
 public:
  /// Both grids are even or both are not; the outer one is the larger and coarser.
  HandOver(const Grid& inner, const Grid& outer, const MaskRange& mask, const Team& team);

  /// outer <- outer + (1-m) inner, inner <- m inner, for this rank's rows of both. Collective. Between the
  /// inner points the wave is interpolated: right to 1e-5 of itself for momenta below 0.7 of the inner grid's
  /// Nyquist momentum.
  void operator()(Field& inner, BasicField<float>& outer);

 private:
  /// Points of the outer grid along one direction from those of the inner one.
  struct Interpolation {
    int begin = 0;                ///< the first outer point in the inner box
    std::vector<int> first;       ///< by outer point: the first inner point that counts
    std::vector<double> weights;  ///< taps for each

    int count() const { return static_cast<int>(first.size()); }
  };
  static Interpolation along_x(const Grid& inner, const Grid& outer, Part rows);
  static Interpolation along_y(const Grid& inner, const Grid& outer);
  void give(Field& inner);
  void receive(BasicField<float>& outer);

  Grid inner_, outer_;
  Team team_;
  const Kernels* kernels_;
  AlignedVector<double> kept_;  ///< m by row and column of the inner grid
  Interpolation x_, y_;
  std::vector<int> inner_columns_;  ///< by place on the line that is interpolated along y
  std::vector<int> outer_places_;   ///< by column of the outer grid: its number in y_; count(): none
  Field strip_;                     ///< rows of the outer grid, columns of the inner one
  struct Scratch {
    AlignedVector<Block> tile, line, values, rows;
  };
  std::vector<Scratch> scratch_;  ///< by thread
};

}  // namespace bondscope::tdse
