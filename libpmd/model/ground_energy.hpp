#pragma once

// The energy of a molecule's ground state, cheaply: for plans, which must know it before anything is
// computed.

#include "libpmd/model/potential.hpp"

namespace bondscope {

/// An upper bound, hartree, by the variational principle in Gaussians exp(-αr²) at the centres (α = 0.0067 ·
/// 3^k up to 4.9); for H2+ and HeH+ within 1.5 % of the energy. Less than 0.4 ms.
/// Throws ConfigError if none of these is bound.
double ground_energy(const Potential& potential);

}  // namespace bondscope
