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
};

class Executor {
 public:
  /// Opens the store for writing rows and makes the solver from its configuration. Throws as Store::open()
  /// and the factory.
  Executor(const std::filesystem::path& store, const SolverFactory& make_solver);

  /// When it returns done or failed, that is safely on disk. A run fails if the solver throws an error other
  /// than Interrupted. Throws FileError if the store cannot be written to.
  ExecutedRun execute(std::size_t run, std::uint32_t attempt, const RunMonitor& monitor);

 private:
  Store store_;
  Solver solver_;
};

}  // namespace tdse
