#pragma once

// Rank 0: hands out runs until all are done or somebody wants to stop.

#include <functional>
#include <string>
#include <vector>

#include "libpmd/base/process/signals.hpp"
#include "libtdse/farm/crew.hpp"
#include "libtdse/farm/journal.hpp"
#include "libtdse/farm/ledger.hpp"
#include "libtdse/farm/settings.hpp"
#include "libtdse/farm/solver.hpp"
#include "libtdse/farm/supervisor.hpp"

namespace bondscope::tdse {

struct FarmResult {
  FarmStatus status;                ///< at the end
  std::size_t done_now = 0;         ///< runs done by this farm
  double run_seconds = 0;           ///< that they took, summed
  double busy_seconds = 0;          ///< that workers spent on all runs, however they ended
  int workers = 1;                  ///< that shared the work
  std::size_t unfinished = 0;       ///< runs still to do because the farm stopped early
  std::vector<FailedRun> failures;  ///< of this farm; recorded in the store
  std::vector<std::string> notes;   ///< about runs that were continued or could not be saved, lost workers
  StopCause cause = StopCause::none;
  std::string reason;           ///< why it stopped early; empty if it did not
  bool anything_saved = false;  ///< some unfinished runs will go on where they were
  bool anything_started = false;
  bool lost_workers = false;  ///< some did not answer
  bool ranks_left = false;    ///< some ranks do not go: MPI cannot be ended in order
};

/// What the crew does when a farm has come to its end: after an orderly one it can stay for another store.
enum class Afterwards { dismiss, stay };

/// Called often from the master's loop.
using FarmReport = std::function<void(const Ledger&)>;

/// Computes the ledger's plan with all workers, or in this process if there are none. A worker that cannot go
/// on (store not writable, disk full) stops the farm: what runs elsewhere is still finished. So do a drain
/// request, too many failures, and a time limit into which nothing more fits; an abandon request and the end
/// of the time stop running runs, too. In all these cases it returns normally, and everything committed is in
/// the store.
FarmResult run_farm(Crew& crew, const std::filesystem::path& store, Ledger ledger,
                    const FarmSettings& settings, Journal& journal, const SolverFactory& make_solver,
                    const SignalWatch& signals, const FarmReport& report,
                    Afterwards afterwards = Afterwards::dismiss);

}  // namespace bondscope::tdse
