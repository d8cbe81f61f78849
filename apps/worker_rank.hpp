#pragma once

// What all ranks but the first do in the programs that compute with a farm.

#include "libpmd/base/process/signals.hpp"
#include "libtdse/farm/protocol.hpp"

/// Solves what rank 0 hands out until it is dismissed; returns the exit code of a rank that says nothing:
/// only rank 0 speaks, and its exit code is the program's. Ends the job where the rank cannot go on and
/// others wait for it.
int serve_as_worker(bondscope::tdse::Mailbox& mailbox, int rank, const bondscope::SignalWatch& signals);
