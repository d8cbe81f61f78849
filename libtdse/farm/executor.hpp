#pragma once

// Solves runs and puts them into the store: what every worker does.

#include <functional>
#include <optional>
#include <string>

#include "libpmd/base/error.hpp"
#include "libpmd/store/failure.hpp"
#include "libpmd/store/store.hpp"
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
  double resumed_at = 0;  ///< a.u., where the saved state let it begin; not told to a master
};

/// A run that a worker is given.
struct Assignment {
  std::size_t run = 0;        ///< row of the store
  std::uint32_t attempt = 1;  ///< which attempt this is
  std::uint32_t deaths = 0;   ///< of farms during it, see blame.hpp
  bool last_try = true;       ///< nobody else can try it: what goes wrong here counts as the run's failure
};

/// Where the state of a run in flight is saved.
std::filesystem::path checkpoint_file(const std::filesystem::path& store, std::size_t run);

/// Something went wrong on one rank of a team alone; the others may wait for it in vain. The program must end
/// them all.
class LostTeam : public Error {
 public:
  using Error::Error;
};

/// Solves runs and puts them into the store: what every worker does.
class Executor {
 public:
  /// Opens the store for writing rows and makes the solver from its configuration. Throws as Store::open()
  /// and the factory.
  Executor(const WorkOrder& order, const SolverFactory& make_solver, const Team& team);

  /// When it returns done or failed, that is safely on disk. A run that was interrupted and saved goes on
  /// where it was. A run fails if the solver finds something wrong with it, or takes longer than the order's
  /// limit. Want of memory, files that cannot be used and what else libraries throw is trouble, and on the
  /// last try a failure. Done already in this attempt, a run is not computed again. `call_team` is called
  /// before the solver, and nothing can go wrong in between. Throws FileError if the store cannot be written
  /// to, LostTeam.
  ExecutedRun execute(const Assignment& assignment, const RunMonitor& monitor,
                      const std::function<void()>& call_team = {});

  /// If this process dies from now on, that is not the fault of the run in flight: its end was asked for. To
  /// be called from the run's monitor.
  void forgive();

  /// What the other ranks of a team do while its first executes the same run: they share the solving, and
  /// their monitors can stop it, too. Throws LostTeam.
  void assist(std::size_t run, const RunMonitor& monitor = {});

 private:
  RunResult solve(std::size_t run, const RunMonitor& monitor);
  void mark_begun(std::uint32_t count, bool in_flight);

  WorkOrder order_;
  Store store_;
  Solver solver_;
  bool alone_;
  std::optional<Assignment> in_flight_;  ///< none: nothing is, or it is forgiven
};

}  // namespace bondscope::tdse
