#pragma once

// Where electrons go and how fast they become in a pulse, by classical trajectories from the origin: what
// box, absorber, grid and axes have to hold.

#include "libpmd/model/pulse.hpp"

namespace bondscope {

/// What electrons reach in a pulse, by classical trajectories.
struct Reach {
  double turning = 0;      ///< largest distance from which an electron comes back to the origin, a.u.
  double direct = 0;       ///< largest final momentum of electrons that do not come back, a.u.
  double rescattered = 0;  ///< … and of those that do, and are scattered backwards at their first return
  double returning = 0;    ///< their largest velocity at the return, whatever direction they are scattered to
};

/// Which electrons that come back after the end of the pulse count as turning.
struct LateReturns {
  double until = 0;    ///< a.u., the end of the run; before the end of the pulse: none
  double slowest = 0;  ///< with at least this speed, a.u.
};

/// The weakest field, a.u., with 1e-5 of the tunnelling rate, exp(-2κ³/3F) with κ = √(2·binding_energy), at
/// the strongest one.
double weakest_field(double strongest, double binding_energy);

/// Of electrons that are set free at rest at a time t₀ with at least
/// weakest_field(): the final momentum is -A(t₀), or -A(t_r) - v_r
/// after a return at t_r with the velocity v_r.
Reach classical_reach(const Pulse& pulse, double binding_energy, const LateReturns& late = {});

}  // namespace bondscope
