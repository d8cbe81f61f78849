#pragma once

// The bound part of what is left after the pulse.
//
// A bound state is an eigenstate of the propagator that it has lived under; under another one, with another
// grid or step, part of it would come loose. Before such a change the bound part is therefore taken out, by a
// spectral filter F(H) = Σ_n c_n Uⁿ, |n| <= N, which is 1 for the deep states, 0 for the continuum, and falls
// in between. It acts in a box that holds the deep states.

#include "libtdse/solver/split_step.hpp"

namespace bondscope::tdse {

/// F(H) ψ for a whole field on `grid`, by the propagator of `numerics` without field and with the corrected
/// potential. States between `deepest` and -0.33 hartree are in it whole, those above -0.07 not at all.
/// Throws NumericsError unless can_filter().
Field bound_part(const Grid& grid, const Field& psi, const Potential& potential, double R,
                 const Discretisation& numerics, double deepest, const Team& team);

/// Whether the filter can tell states down to `deepest` < 0, hartree, from fast electrons, whose energies
/// count modulo 2π/Δt.
bool can_filter(const Discretisation& numerics, double deepest);

}  // namespace bondscope::tdse
