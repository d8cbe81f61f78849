#pragma once

// From the states of one time step to those of another.
//
// A step of length τ does not move ψ but ψ_τ = V^(-1/2) exp(ε[T, V]) ψ, ε = τ²/12: the first factor since the
// kick comes first, the second since the potential is corrected after Takahashi and Imada, which makes the
// step fourth order up to just this similarity transform. Where V is flat, ψ_τ and ψ are the same.

#include "libtdse/solver/split_step.hpp"

namespace bondscope::tdse {

/// ψ_τ on `from`, stepped by from.numerics, becomes ψ_τ' on `to`, a coarser grid or the same. Whole fields;
/// for the corrected potential.
struct SteppedGrid {
  Grid grid;
  Discretisation numerics;
};
Field with_other_step(const SteppedGrid& from, const Field& psi, const SteppedGrid& to,
                      const Potential& potential);

}  // namespace bondscope::tdse
