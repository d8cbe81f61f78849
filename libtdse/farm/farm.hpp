#pragma once

// Computes the runs of a store with all ranks of a job. Who is who:
//
// clang-format off
//   farm          a job's ranks, from the first run handed out to the last one that ends
//   team          the ranks and threads that share one run (solver/team.hpp)
//   teams         how a job's ranks form teams, and how large those are
//   worker        a team that takes runs from the master, one after the other; its first rank speaks for it
//   workers       all of them, as the master talks to them
//   master        rank 0: sends runs to workers and hears what became of them; a lone rank does without
//   dispatcher    decides which run starts when, and when the farm ends
//   ledger        the books in memory: what is to do, who does what, what became of it
//   journal       the same as it happens, as lines of JSON in a file
//   run to do     a run that is not done, with its expected cost; they are handed out the longest first
//   work order    what workers must know before their first run
//   assignment    a run that a worker is given, with all that it must know of it
//   executor      solves a run and hands it to the recorder: what every worker does
//   recorder      where results go: into the store, or to the node's writer
//   node writer   a worker that writes for all of its node (--writers node)
//   blame         which runs are suspected of killing farms
//   solver        computes a distribution; the farm is given it as a function
//   protocol      the messages between master and workers
//   configuration data set and preset, and what the runs will need by their plans (solver/plan.hpp)
//   generate      a data set into its store by a farm, from the configuration to the last run
//   generation    a data set that becomes a store: its configuration, and how the farm is to go about it
// clang-format on

#include <string>
#include <vector>

#include "libpmd/base/process/signals.hpp"
#include "libtdse/farm/dispatcher.hpp"
#include "libtdse/farm/journal.hpp"
#include "libtdse/farm/ledger.hpp"
#include "libtdse/farm/prepare.hpp"
#include "libtdse/farm/settings.hpp"
#include "libtdse/farm/solver.hpp"
#include "libtdse/farm/workers.hpp"

namespace bondscope::tdse {

/// How a farm went.
struct FarmResult : FarmCourse {
  FarmStatus status;                ///< at the end
  std::size_t done_now = 0;         ///< runs done by this farm
  double run_seconds = 0;           ///< that they took, summed
  int workers = 1;                  ///< that shared the work
  std::size_t unfinished = 0;       ///< runs still to do because the farm stopped early
  std::vector<FailedRun> failures;  ///< of this farm; recorded in the store
  bool lost_workers = false;        ///< some did not answer
  bool ranks_left = false;          ///< some ranks do not go: MPI cannot be ended in order
};

/// What the workers do when a farm has come to its end: after an orderly one they can stay for another store.
enum class Afterwards { dismiss, stay };

/// Computes the ledger's runs with all workers, or in this process if there are none. A worker that cannot go
/// on, or meets with trouble in one run after the other, gets no more of them; more than half of the workers,
/// or a full disk under the store, stop the farm: what runs elsewhere is still finished. So do a drain
/// request, too many failures, and a time limit into which nothing more fits; an abandon request and the end
/// of the time stop running runs, too. In all these cases it returns normally, and everything committed is in
/// the store.
FarmResult run_farm(Workers& workers, const StoreFacts& store, Ledger ledger, const FarmSettings& settings,
                    Journal& journal, const SolverFactory& make_solver, const SignalWatch& signals,
                    const FarmReport& report, Afterwards afterwards = Afterwards::dismiss);

}  // namespace bondscope::tdse
