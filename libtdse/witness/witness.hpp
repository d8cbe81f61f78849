#pragma once

// The witness: a run by the plain, textbook method on FFTW3-MPI, independent of what makes the solver fast.
//
// Second-order splitting exp(-iVΔt/2) exp(-i∫(k²/2 + A k_x)dt) exp(-iVΔt/2) with the plain potential and the
// plain dispersion on one fixed grid, a start state by imaginary time, the mask of Eq. (4) and exact Fourier
// sums on the output axes. It shares with the solver only what is being simulated: potential, pulse, mask and
// axes. Slow, and that is its purpose: whoever doubts a distribution computes it a second time by this.

#include <mpi.h>

#include "libtdse/solver/plan.hpp"
#include "libtdse/solver/run.hpp"

namespace bondscope::tdse {

/// Seconds that the plan's run is expected to take on these processes, measured on a few steps. Collective.
double expected_seconds(const Plan& plan, MPI_Comm processes);

/// The run of a plan whose preset is plain, on every rank of `processes`. Collective. Bits depend on the plan
/// and on the number of ranks: FFTW and the sums order their additions by it. Throws as run() does.
RunResult witness(const Plan& plan, MPI_Comm processes, const RunMonitor& monitor = {});

}  // namespace bondscope::tdse
