#pragma once

// One step of the split operator (Feit, Fleck, Steiger) in the kick–drift form: U = K V with
//   V = exp(-iΔt V_eff(r)),   K = exp(-i[Δt k_eff²/2 + k ∫A dt]).
// The time label of a field is that of the moment just before the kick; the drift to the next kick carries
// the exact integral of A. Where V is flat the step is exact.
//
// A step is two sweeps over memory: along y, eight rows at a time (kick, transform, factor, transform back),
// and along x, eight columns at a time (transform, factor, transform back); lines stay in cache meanwhile.

#include <vector>

#include "libpmd/model/potential.hpp"
#include "libtdse/solver/dispersion.hpp"
#include "libtdse/solver/grid.hpp"
#include "libtdse/solver/preset.hpp"

namespace bondscope::tdse {

/// One time step on one grid: potential and kinetic energy in two sweeps. Real: the precision of the field,
/// double or float.
template <class Real>
class BasicSplitStep {
 public:
  using Block = BasicBlock<Real>;  ///< of its precision
  using Field = BasicField<Real>;  ///< of its precision

  /// corrected: V_eff = V - Δt²/24 |∇V|² (Takahashi and Imada), which makes the step fourth order for what
  /// happens at the potential; else V_eff = V.
  static BasicSplitStep real_time(const Grid& grid, const Potential& potential,
                                  const Discretisation& numerics, bool corrected, const Team& team = {});
  /// exp(-τH) instead of exp(-iΔtH), with plain V.
  static BasicSplitStep imaginary_time(const Grid& grid, const Potential& potential,
                                       const Discretisation& numerics, double tau);

  /// One step of ψ(x, y), of which this rank holds rows_of(grid, ranks, rank); `delta_excursion` is ∫A dt
  /// over it.
  void advance(Field& field, double delta_excursion = 0);

  /// field <- (V ψ)*. Where A is 0 this turns time round: reverse · Uⁿ · reverse = U⁻ⁿ.
  void reverse(Field& field) const;

  /// That is stepped on.
  const Grid& grid() const { return grid_; }

 private:
  BasicSplitStep(const Grid& grid, const Potential& potential, const Discretisation& numerics, Complex step,
                 double corrected_step, const Team& team);
  void along_y(Field& field);
  void along_x(Field& field);
  void along_x_of_all_ranks(Field& field);
  void plan_exchanges();

  Grid grid_;
  Team team_;
  const BasicKernels<Real>* kernels_;
  Field kick_;  ///< exp(-i Δt V_eff)
  BasicLineOperator<Real> drift_x_,
      drift_y_;                     ///< exp(-i Δt k_eff²/2), along x with the field of the current step
  std::vector<Complex> kinetic_x_;  ///< drift_x_ without field
  std::vector<double> coupling_;    ///< what A multiplies, by position in the transform
  std::vector<AlignedVector<Block>> tiles_;  ///< one per thread

  /// For the sweep along x ranks exchange their rows of some columns for the other rows of others, several
  /// times. Planned at the first step: only steps are collective.
  struct Exchange {
    std::vector<Part> columns;               ///< in Blocks, that each rank takes
    std::vector<std::size_t> by_columns{0};  ///< where the pieces for each rank begin in row_pieces_
    std::vector<std::size_t> by_rows{0};     ///< where the pieces of each rank begin in columns_
  };
  std::vector<Exchange> exchanges_;
  AlignedVector<Block> row_pieces_, columns_;
};
using SplitStep = BasicSplitStep<double>;  ///< in double precision

}  // namespace bondscope::tdse
