#pragma once

// Rank 0: hands out runs until all are done or somebody wants to stop.

#include <functional>
#include <string>
#include <vector>

#include "libtdse/base/signals.hpp"
#include "libtdse/farm/crew.hpp"
#include "libtdse/farm/ledger.hpp"
#include "libtdse/farm/solver.hpp"

namespace tdse {

struct FarmResult {
  FarmStatus status;                ///< at the end
  std::size_t done_now = 0;         ///< runs done by this farm
  double run_seconds = 0;           ///< that they took, summed
  std::size_t unfinished = 0;       ///< runs still to do because the farm stopped early
  std::vector<FailedRun> failures;  ///< recorded in the store; a next farm tries them again
  std::vector<std::string> notes;   ///< about runs that were continued or could not be saved
  std::string broken;               ///< why the farm had to stop; empty if it did not
};

/// Called often from the master's loop.
using FarmReport = std::function<void(const FarmStatus&)>;

/// Computes `plan` with all workers, or in this process if there are none. A worker that cannot go on (store
/// not writable, disk full) stops the farm: what runs elsewhere is still finished. A drain or abandon request
/// ends it early. Runs that are expected to take longer than `checkpoint_interval` seconds (0: none) are
/// saved as often and continued after an interruption. In all these cases it returns normally, and everything
/// committed is in the store.
FarmResult run_farm(Crew& crew, const std::filesystem::path& store, Ledger ledger,
                    const SolverFactory& make_solver, const SignalWatch& signals, const FarmReport& report,
                    double checkpoint_interval = 600);

}  // namespace tdse
