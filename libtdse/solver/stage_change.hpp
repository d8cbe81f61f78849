#pragma once

// What happens between the stages of a run.
//
// A bound state is an eigenstate of the propagator that it has lived under; under another one, with another
// grid or step, part of it would come loose. Before such a change the bound part is therefore taken out, by a
// spectral filter F(H) = Σ_n c_n Uⁿ, |n| <= N, which is 1 for the deep states, 0 for the continuum, and falls
// in between. It acts in a box that holds the deep states.
//
// The states of one time step are not those of another: a step of length τ does not move ψ but
// ψ_τ = V^(-1/2) exp(ε[T, V]) ψ, ε = τ²/12, the first factor since the kick comes first, the second since the
// potential is corrected after Takahashi and Imada, which makes the step fourth order up to just this
// similarity transform. Where V is flat, ψ_τ and ψ are the same.

#include "libtdse/solver/bound_states.hpp"
#include "libtdse/solver/split_step.hpp"

namespace bondscope::tdse {

/// F(E) = Σ_n c_n exp(-iEnΔt) as a step of `numerics` sees energies.
class SpectralFilter {
 public:
  /// deepest: an energy below all states, hartree.
  SpectralFilter(const Discretisation& numerics, const BoundStates& bound, double deepest);

  int terms() const { return terms_; }  ///< N; c_n is needed for |n| < N
  Complex coefficient(int n) const;     ///< c_n; that of -n is its conjugate
  double at(double energy) const;       ///< F(E), E in hartree

 private:
  double dt_, bottom_, cut_;
  int terms_;
};

/// F(H) ψ for a whole field on `grid`, by the propagator of `numerics` without field and with the corrected
/// potential. States between `deepest`, hartree, and the filter's edge (bound_states.hpp) are in it whole,
/// those above the edge not at all. Throws NumericsError unless can_filter().
Field bound_part(const Grid& grid, const Field& psi, const Potential& potential,
                 const Discretisation& numerics, double deepest, const Team& team);

/// Whether the filter can tell states down to `deepest` < 0, hartree, from fast electrons, whose energies
/// count modulo 2π/Δt.
bool can_filter(const Discretisation& numerics, const BoundStates& bound, double deepest);

/// The same field on another grid of the same evenness: its Fourier components below the coarser grid's
/// Nyquist momentum, evaluated at the new points; zero where those lie outside the old box.
Field resampled(const Grid& from, const Field& field, const Grid& to);

/// A grid with the step that it is propagated with.
struct SteppedGrid {
  Grid grid;                ///< points
  Discretisation numerics;  ///< spacing and step
};
/// ψ_τ on `from`, stepped by from.numerics, becomes ψ_τ' on `to`, a coarser grid, a finer one or the same.
/// Whole fields; for the corrected potential.
Field with_other_step(const SteppedGrid& from, const Field& psi, const SteppedGrid& to,
                      const Potential& potential);

}  // namespace bondscope::tdse
