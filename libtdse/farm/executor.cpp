#include "libtdse/farm/executor.hpp"

#include <chrono>

#include "libtdse/base/error.hpp"
#include "libtdse/farm/parallel_access.hpp"

namespace tdse {

Executor::Executor(const std::filesystem::path& store, const SolverFactory& make_solver)
    : store_(Store::open(store, Store::Mode::write, parallel_access())),
      solver_(make_solver(store_.description().configuration)) {}

ExecutedRun Executor::execute(std::size_t run, std::uint32_t attempt, const RunMonitor& monitor) {
  const auto begin = std::chrono::steady_clock::now();
  const auto ended = [&](RunOutcome outcome, std::string reason = {}) {
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
    return ExecutedRun{outcome, seconds.count(), std::move(reason)};
  };
  RunResult result;
  try {
    result = solver_(store_.description().runs.at(run), monitor);
  } catch (const Interrupted&) {
    return ended(RunOutcome::interrupted);
  } catch (const Error& e) {
    store_.write_failure(run, attempt);
    return ended(RunOutcome::failed, e.what());
  }
  store_.write(run, result.pmd, result.diagnostics, attempt);
  return ended(RunOutcome::done);
}

}  // namespace tdse
