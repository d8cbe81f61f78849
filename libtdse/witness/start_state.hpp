#pragma once

// The witness's start state, by imaginary time.

#include <complex>
#include <vector>

#include "libpmd/model/potential.hpp"

namespace bondscope::tdse {

/// What a textbook run begins with.
struct StartState {
  int points = 0;                         ///< along x and y, even
  std::vector<std::complex<double>> psi;  ///< [x][y], points at position(), ∫|ψ|² = 1
  double energy = 0;                      ///< from the phase of one real step, hartree
  double residual = 0;                    ///< ‖Uψ - exp(-i E Δt)ψ‖ of one real step
};

/// The ground state of the splitting with the real step Δt, to Δt⁴. Splitting with the imaginary step τ has
/// the ground state φ(-τ²) of a Hamiltonian that differs by terms of τ²; the real step's differ by the same
/// with the other sign, φ(Δt²) = 8/3 φ(-Δt²/4) - 5/3 φ(-Δt²) + O(Δt⁴). Without that, the state would ring and
/// bury weak distributions. Throws NoStartState if it does not converge.
StartState start_state(const Potential& potential, double half_width, double spacing, double time_step);

}  // namespace bondscope::tdse
