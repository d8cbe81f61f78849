#pragma once

// Solves runs and puts them into the store: what every worker does.

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "libpmd/base/error.hpp"
#include "libpmd/store/failure.hpp"
#include "libtdse/farm/assignment.hpp"
#include "libtdse/farm/recorder.hpp"
#include "libtdse/farm/settings.hpp"
#include "libtdse/farm/solver.hpp"

namespace bondscope::tdse {

/// How an attempt ended.
enum class RunOutcome {
  done,
  failed,
  interrupted,
  troubled  ///< by this process or machine rather than by the run: another one should try it
};

/// What became of a run that was executed.
struct ExecutedRun {
  RunOutcome outcome = RunOutcome::done;    ///< how it ended
  std::uint32_t attempt = 0;                ///< which attempt it was
  double seconds = 0;                       ///< solving and writing
  FailureKind failure = FailureKind::none;  ///< of a failed run
  std::string reason;                       ///< why it failed, or what the trouble was
  std::string note;                         ///< what a user should know about it otherwise; mostly empty
  bool saved = false;     ///< interrupted, and will go on from a later state than it began with
  bool resumed = false;   ///< it had been saved before, and `seconds` is not the whole of it
  bool committed = true;  ///< done or failed, and on disk; false: on its way to it, see Recorder
  double resumed_at = 0;  ///< a.u., where the saved state let it begin; not told to a master
};

/// Something went wrong on one rank of a team alone; the others may wait for it in vain. The program must end
/// them all.
class LostTeam : public Error {
 public:
  using Error::Error;
};

/// Solves runs and puts them into the store: what every worker does.
class Executor {
 public:
  /// Makes the solver from the order's configuration. `recorder`: of the first rank of a team; the others
  /// have none and only assist. `phase` in [0, 1): differs from worker to worker, so that not all save their
  /// runs at the same time. Throws what the factory throws.
  Executor(const WorkOrder& order, const SolverFactory& make_solver, const Team& team,
           std::unique_ptr<Recorder> recorder, double phase = 0);

  /// When it returns done or failed, that is safely on disk, if it says committed. A run that was interrupted
  /// and saved goes on where it was. A run fails if the solver finds something wrong with it, or takes longer
  /// than the order's limit. Want of memory, files that cannot be used and what else libraries throw is
  /// trouble, and on the last try a failure. Done already in this attempt, a run is not computed again.
  /// `call_team` is called before the solver, and nothing can go wrong in between. Throws FileError if the
  /// store cannot be written to, LostTeam.
  ExecutedRun execute(const Assignment& assignment, const RunMonitor& monitor,
                      const std::function<void()>& call_team = {});

  /// If this process dies from now on, that is not the fault of the run in flight: its end was asked for. To
  /// be called from the run's monitor.
  void forgive();

  /// A run that was executed and not committed is on disk now. What keeps its saved states from being
  /// removed, or nothing.
  std::string committed(std::size_t run);

  /// What the other ranks of a team do while its first executes the same run: they share the solving, and
  /// their monitors can stop it, too. Throws LostTeam.
  void assist(const Assignment& assignment, const RunMonitor& monitor = {});

 private:
  RunResult solve(const Assignment& assignment, const RunMonitor& monitor,
                  const std::function<void()>& saved);
  void mark_begun(std::uint32_t count, bool in_flight);
  /// Removes the states of a run that has ended; what keeps it from that, or nothing.
  std::string forget_state(std::size_t run) const;

  WorkOrder order_;
  Solver solver_;
  std::unique_ptr<Recorder> recorder_;
  bool alone_;
  double phase_;
  std::set<std::size_t> underway_;       ///< to the disk, of those with saved states
  std::optional<Assignment> in_flight_;  ///< none: nothing is, or it is forgiven
};

}  // namespace bondscope::tdse
