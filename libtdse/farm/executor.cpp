#include "libtdse/farm/executor.hpp"

#include <chrono>

#include "libtdse/base/config.hpp"
#include "libtdse/base/error.hpp"
#include "libtdse/checkpoint/sealed_file.hpp"
#include "libtdse/farm/parallel_access.hpp"

namespace tdse {

std::filesystem::path checkpoint_file(const std::filesystem::path& store, std::size_t run) {
  return store.string() + ".run-" + std::to_string(run) + ".checkpoint";
}

Executor::Executor(const std::filesystem::path& store, const SolverFactory& make_solver,
                   double checkpoint_interval)
    : path_(store),
      checkpoint_interval_(checkpoint_interval),
      store_(Store::open(store, Store::Mode::write, parallel_access())),
      solver_(make_solver(store_.description().configuration)) {}

ExecutedRun Executor::execute(std::size_t run, std::uint32_t attempt, const RunMonitor& monitor) {
  const auto begin = std::chrono::steady_clock::now();
  std::string note;
  const auto ended = [&](RunOutcome outcome, std::string reason = {}) {
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
    return ExecutedRun{outcome, seconds.count(), std::move(reason), note};
  };
  Checkpointing checkpointing;
  if (checkpoint_interval_ > 0) checkpointing = {checkpoint_file(path_, run), checkpoint_interval_};
  const auto forget_state = [&] {
    try {
      remove_sealed(checkpoint_file(path_, run));
    } catch (const FileError& e) {
      note = e.what();  // the run itself is safe
    }
  };
  RunResult result;
  try {
    result = solver_(store_.description().runs.at(run), monitor, checkpointing);
  } catch (const Interrupted&) {
    return ended(RunOutcome::interrupted);
  } catch (const Error& e) {
    store_.write_failure(run, attempt, FailureKind::other, e.what());
    forget_state();
    return ended(RunOutcome::failed, e.what());
  }
  if (result.resumed_at > 0)
    note = "run " + std::to_string(run) +
           " continued from where it had been saved, t = " + format_number(result.resumed_at) + " a.u.";
  if (!result.checkpoint_error.empty())
    note = "run " + std::to_string(run) + " could not be saved on the way: " + result.checkpoint_error;
  store_.write(run, result.pmd, result.diagnostics, attempt);
  forget_state();
  return ended(RunOutcome::done);
}

}  // namespace tdse
