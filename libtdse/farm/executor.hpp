#pragma once

// Solves runs and puts them into the store: what every worker does.

#include <string>

#include "libpmd/base/error.hpp"
#include "libpmd/store/failure.hpp"
#include "libpmd/store/store.hpp"
#include "libtdse/farm/settings.hpp"
#include "libtdse/farm/solver.hpp"

namespace bondscope::tdse {

/// How an attempt ended.
enum class RunOutcome { done, failed, interrupted };

/// What became of a run that was executed.
struct ExecutedRun {
  RunOutcome outcome = RunOutcome::done;    ///< how it ended
  std::uint32_t attempt = 0;                ///< which attempt it was
  double seconds = 0;                       ///< solving and writing
  FailureKind failure = FailureKind::none;  ///< of a failed run
  std::string reason;                       ///< why it failed
  std::string note;                         ///< what a user should know about it otherwise; mostly empty
  bool saved = false;     ///< interrupted, and will go on from a later state than it began with
  bool resumed = false;   ///< it had been saved before, and `seconds` is not the whole of it
  double resumed_at = 0;  ///< a.u., where the saved state let it begin; not told to a master
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
  /// where it was. A run fails if the solver throws an error other than Interrupted, or takes longer than the
  /// order's limit. Done already in this attempt, it is not computed again. `begun`: how often farms died of
  /// it before. `call_team` is called before the solver, and nothing can go wrong in between. Throws
  /// FileError if the store cannot be written to, LostTeam.
  ExecutedRun execute(std::size_t run, std::uint32_t attempt, std::uint32_t begun, const RunMonitor& monitor,
                      const std::function<void()>& call_team = {});

  /// What the other ranks of a team do while its first executes the same run: they share the solving, and
  /// their monitors can stop it, too. Throws LostTeam.
  void assist(std::size_t run, const RunMonitor& monitor = {});

 private:
  RunResult solve(std::size_t run, const RunMonitor& monitor);
  void mark_begun(std::size_t run, std::uint32_t count);

  WorkOrder order_;
  Store store_;
  Solver solver_;
  bool alone_;
};

}  // namespace bondscope::tdse
