#pragma once

// Which of the two methods computes a run: the solver's own transforms, or the textbook method on FFTW3-MPI.

#include "libtdse/solver/run.hpp"

namespace bondscope::tdse {

/// Throws ConfigError if the preset's method is not part of this build (PMD_FFTW=OFF), or if it has no
/// mechanisms that the preset asks for.
void check_method(const Preset& preset);

/// run() by the method of the preset; the textbook method (`transforms: fftw`) takes one thread of each rank.
RunResult solve(const Plan& plan, const RunMonitor& monitor, const Team& team,
                const Checkpointing& checkpointing);

/// Seconds that solve() is expected to take with `transforms: fftw`, measured on a few steps. Collective.
double expected_seconds(const Plan& plan, const Team& team);

}  // namespace bondscope::tdse
