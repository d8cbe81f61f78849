#pragma once

// Where electrons go and how fast they become in a pulse, by classical trajectories from the origin: what
// box, absorber, grid and axes have to hold.

#include "libpmd/model/pulse.hpp"

namespace bondscope::tdse {

/// What electrons reach in a pulse, by classical trajectories.
struct Reach {
  double turning = 0;      ///< largest distance from which an electron comes back to the origin, a.u.
  double direct = 0;       ///< largest final momentum of electrons that do not come back, a.u.
  double rescattered = 0;  ///< … and of those that do, and are scattered backwards at their first return
  double returning = 0;    ///< their largest velocity at the return, whatever direction they are scattered to
};

/// Until the end of the pulse: whoever comes back later is as slow as what leaves without coming back.
/// Of electrons that are set free at rest at a time t₀ with at least 1e-5 of the largest tunnelling rate,
/// exp(-2κ³/3|F(t₀)|) with κ = √(2·binding_energy), hartree: the final momentum is -A(t₀), or -A(t_r) - v_r
/// after a return at t_r with the velocity v_r.
Reach classical_reach(const Pulse& pulse, double binding_energy);

}  // namespace bondscope::tdse
