#pragma once

// A rank other than 0: solves what the master assigns, alone or with its team, until it is dismissed.

#include "libpmd/base/process/signals.hpp"
#include "libtdse/farm/protocol.hpp"
#include "libtdse/farm/solver.hpp"

namespace bondscope::tdse {

/// Returns when the master dismisses this rank. What goes wrong here is reported to the master, not thrown,
/// except for LostTeam (executor.hpp). A stop signal that reaches only this rank is passed on to the master.
void serve(Mailbox& mailbox, const SolverFactory& make_solver, const SignalWatch& signals);

}  // namespace bondscope::tdse
