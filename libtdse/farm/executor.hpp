#pragma once

// Solves runs and puts them into the store: what every rank that computes does.

#include <optional>
#include <string>

#include "libtdse/farm/solver.hpp"
#include "libtdse/store/store.hpp"

namespace tdse {

enum class RunOutcome { done, failed, interrupted };

struct ExecutedRun {
  RunOutcome outcome = RunOutcome::done;
  double seconds = 0;  ///< solving and writing
  std::string reason;  ///< why it failed
  std::string note;    ///< what a user should know about it otherwise; mostly empty
};

/// Where the state of a run in flight is saved.
std::filesystem::path checkpoint_file(const std::filesystem::path& store, std::size_t run);

class Executor {
 public:
  /// Opens the store for writing rows and makes the solver from its configuration. Runs that are expected to
  /// take longer than `checkpoint_interval` seconds (0: none) are saved beside the store, as often.
  /// Throws as Store::open() and the factory.
  Executor(const std::filesystem::path& store, const SolverFactory& make_solver, double checkpoint_interval);

  /// When it returns done or failed, that is safely on disk. A run that was interrupted and saved goes on
  /// where it was. A run fails if the solver throws an error other than Interrupted. Throws FileError if the
  /// store cannot be written to.
  ExecutedRun execute(std::size_t run, std::uint32_t attempt, const RunMonitor& monitor);

 private:
  std::filesystem::path path_;
  double checkpoint_interval_;
  Store store_;
  Solver solver_;
};

}  // namespace tdse
