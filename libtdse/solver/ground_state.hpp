#pragma once

// The start state: the ground state of the discrete real-time propagator.
//
// An eigenstate of H, or of imaginary-time splitting, is not stationary under the real-time split step; its
// ringing would bury weak momentum distributions. Imaginary time gives a first guess; a windowed average over
// real time, Σ_n w_n exp(iE nΔt) Uⁿ φ (Blackman–Harris w), then leaves only the eigenstate of U.

#include "libpmd/model/potential.hpp"
#include "libtdse/solver/grid.hpp"
#include "libtdse/solver/preset.hpp"

namespace bondscope::tdse {

/// A state that the propagator leaves alone but for its phase.
struct GroundState {
  Grid grid;        ///< a box just large enough for the bound state
  Field psi;        ///< ψ(x, y), ∫|ψ|² = 1; real and positive but for half a kick
  double energy;    ///< E0 from the phase of one step, hartree
  double residual;  ///< ‖Uψ - exp(-iE0Δt)ψ‖
};

/// extent: of the nuclei, a.u. even: on an even grid, for a potential with V(x, -y) = V(x, y).
/// Throws NoStartState if the residual stays above 1e-7, as where two states are nearly degenerate. States
/// that are near to each other take longer, up to 60 times as long as usual.
GroundState ground_state(const Potential& potential, double extent, const Discretisation& numerics,
                         bool corrected, bool even);

}  // namespace bondscope::tdse
