#include "libtdse/farm/executor.hpp"

#include <chrono>

#include "libtdse/base/config.hpp"
#include "libtdse/checkpoint/sealed_file.hpp"
#include "libtdse/farm/parallel_access.hpp"

namespace tdse {
namespace {

Store open_store(const WorkOrder& order, const Team& team) {
  // Only the first rank of a team writes.
  return team.ranks->rank() == 0 ? Store::open(order.store, Store::Mode::write, parallel_access())
                                 : Store::open(order.store, Store::Mode::read);
}

}  // namespace

std::filesystem::path checkpoint_file(const std::filesystem::path& store, std::size_t run) {
  return store.string() + ".run-" + std::to_string(run) + ".checkpoint";
}

FailureKind kind_of(const Error& error) {
  if (dynamic_cast<const NotFinite*>(&error)) return FailureKind::not_finite;
  if (dynamic_cast<const NormGrew*>(&error)) return FailureKind::norm_grew;
  if (dynamic_cast<const NoStartState*>(&error)) return FailureKind::start_state;
  return FailureKind::other;
}

Executor::Executor(const WorkOrder& order, const SolverFactory& make_solver, const Team& team)
    : order_(order),
      store_(open_store(order, team)),
      solver_(make_solver(store_.description().configuration, team)),
      alone_(team.ranks->size() == 1) {}

RunResult Executor::solve(std::size_t run, const RunMonitor& monitor) {
  Checkpointing checkpointing;
  if (order_.checkpoint_interval > 0)
    checkpointing = {checkpoint_file(order_.store, run), order_.checkpoint_interval};
  const auto solved = [&] { return solver_(store_.description().runs.at(run), monitor, checkpointing); };
  if (alone_) return solved();
  try {
    return solved();
  } catch (const Interrupted&) {
    throw;  // this and the next two happen on all ranks
  } catch (const NumericsError&) {
    throw;
  } catch (const ConfigError&) {
    throw;
  } catch (const std::exception& e) {
    throw LostTeam("run " + std::to_string(run) + ": " + e.what());
  }
}

ExecutedRun Executor::execute(std::size_t run, std::uint32_t attempt, std::uint32_t begun,
                              const RunMonitor& monitor) {
  const auto begin = std::chrono::steady_clock::now();
  const auto elapsed = [&] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  };
  const auto file = checkpoint_file(order_.store, run);
  ExecutedRun ended{.attempt = attempt, .reason = {}, .note = {}};
  const auto forget_state = [&] {
    try {
      remove_sealed(file);
    } catch (const FileError& e) {
      ended.note = e.what();  // the run itself is safe
    }
  };
  const auto fail = [&](FailureKind kind, const std::string& reason) {
    store_.write_failure(run, attempt, kind, reason);
    store_.mark_begun(run, 0);
    forget_state();
    ended.outcome = RunOutcome::failed;
    ended.failure = kind;
    ended.reason = reason;
    ended.seconds = elapsed();
    return ended;
  };

  // A run that has been saved gets on even if it is killed again and again.
  std::error_code status;
  store_.mark_begun(run, std::filesystem::exists(file, status) ? 1 : begun + 1);
  bool too_long = false;
  const RunMonitor watch = [&](double fraction) {
    too_long = order_.run_time_limit > 0 && elapsed() > order_.run_time_limit;
    return monitor(fraction) && !too_long;
  };
  RunResult result;
  try {
    result = solve(run, watch);
  } catch (const Interrupted&) {
    if (too_long)
      return fail(FailureKind::time_limit, "it took longer than the time limit of " +
                                               format_number(order_.run_time_limit) + " s per run");
    store_.mark_begun(run, begun);
    ended.outcome = RunOutcome::interrupted;
    ended.saved = std::filesystem::exists(file, status);
    ended.seconds = elapsed();
    return ended;
  } catch (const LostTeam&) {
    throw;
  } catch (const Error& e) {
    return fail(kind_of(e), e.what());
  }
  if (result.resumed_at > 0)
    ended.note = "run " + std::to_string(run) +
                 " continued from where it had been saved, t = " + format_number(result.resumed_at) + " a.u.";
  if (!result.checkpoint_error.empty())
    ended.note = "run " + std::to_string(run) + " could not be saved on the way: " + result.checkpoint_error;
  store_.write(run, result.pmd, result.diagnostics, attempt);
  store_.mark_begun(run, 0);
  forget_state();
  ended.seconds = elapsed();
  return ended;
}

void Executor::assist(std::size_t run) {
  try {
    solve(run, {});
  } catch (const Interrupted&) {
    // The first rank knows.
  } catch (const NumericsError&) {
  } catch (const ConfigError&) {
  }
}

}  // namespace tdse
