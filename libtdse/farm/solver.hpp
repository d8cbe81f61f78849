#pragma once

// The farm does not know what it computes: it is given a function.

#include <functional>
#include <string>

#include "libtdse/solver/run.hpp"

namespace bondscope::tdse {

/// Solves one run; may throw as run() in solver/run.hpp.
using Solver = std::function<RunResult(const RunParameters&, const RunMonitor&, const Checkpointing&)>;

/// Makes the solver on every rank that computes, from the resolved configuration that the store carries, for
/// the team that shares each run.
using SolverFactory = std::function<Solver(const std::string& configuration, const Team& team)>;

}  // namespace bondscope::tdse
