#include "libtdse/farm/executor.hpp"

#include <new>
#include <utility>

#include <fmt/format.h>

#include "libpmd/base/clock.hpp"
#include "libpmd/base/files/array_file.hpp"
#include "libpmd/base/process/build_info.hpp"
#include "libpmd/base/text/number.hpp"
#include "libtdse/farm/checkpoint_files.hpp"

namespace bondscope::tdse {
namespace {

std::string not_saved(std::size_t run, const std::string& why) {
  return fmt::format("run {} could not be saved on the way: {}", run, why);
}

std::string in_words(const std::exception& error) {
  if (dynamic_cast<const std::bad_alloc*>(&error))
    return fmt::format("not enough memory on {} ({})", host_name(), error.what());
  if (dynamic_cast<const Error*>(&error)) return error.what();
  return fmt::format("an unexpected error on {}: {}", host_name(), error.what());
}

/// Whether any other worker would meet the same.
bool is_of_the_run(const std::exception& error) {
  return dynamic_cast<const Error*>(&error) && !dynamic_cast<const FileError*>(&error);
}

/// As the store and the lists of failed runs name it.
FailureKind kind_of(const std::exception& error) {
  if (dynamic_cast<const NotFinite*>(&error)) return FailureKind::not_finite;
  if (dynamic_cast<const NormGrew*>(&error)) return FailureKind::norm_grew;
  if (dynamic_cast<const NoStartState*>(&error)) return FailureKind::start_state;
  return FailureKind::other;
}

}  // namespace

Executor::Executor(const WorkOrder& order, const SolverFactory& make_solver, const Team& team,
                   std::unique_ptr<Recorder> recorder, double phase)
    : order_(order),
      solver_(make_solver(order.configuration, team)),
      recorder_(std::move(recorder)),
      alone_(team.ranks->size() == 1),
      phase_(phase) {}

RunResult Executor::solve(const Assignment& assignment, const RunMonitor& monitor,
                          const std::function<void()>& saved) {
  const std::size_t run = assignment.run;
  Checkpointing checkpointing;
  if (order_.checkpoint_interval > 0) {
    checkpointing = {.file = checkpoint_file(order_, run),
                     .interval = order_.checkpoint_interval,
                     .first = 0.5 + 0.5 * phase_,
                     .look = assignment.saved,
                     .saved = saved};
    if (!order_.checkpoint_folder.empty()) checkpointing.at_end = checkpoint_file(order_.store, run);
  }
  const auto solved = [&] { return solver_(assignment.parameters, monitor, checkpointing); };
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
    throw LostTeam(fmt::format("run {}: {}", run, e.what()));
  }
}

/// Advice for later farms: not worth a failure.
void Executor::mark_begun(std::uint32_t count, bool in_flight) {
  if (!in_flight_) return;
  try {
    recorder_->mark_begun(in_flight_->run, count, in_flight);
  } catch (const Error&) {
    // If the disk is full or cannot be read, writing the run will show it.
  }
}

void Executor::forgive() {
  if (in_flight_) mark_begun(in_flight_->deaths, false);
  in_flight_.reset();
}

ExecutedRun Executor::execute(const Assignment& assignment, const RunMonitor& monitor,
                              const std::function<void()>& call_team) {
  const std::size_t run = assignment.run;
  const std::uint32_t attempt = assignment.attempt;
  const auto begin = Clock::now();
  ExecutedRun ended{.attempt = attempt, .reason = {}, .note = {}};
  bool has_state = assignment.saved, too_long = false;
  const auto forget = [&] {
    in_flight_.reset();
    if (!has_state) return;
    underway_.insert(run);
    if (!ended.committed) return;
    if (const auto why = committed(run); !why.empty()) ended.note = why;
  };
  const auto fail = [&](FailureKind kind, const std::string& reason) {
    ended.committed = recorder_->failed(run, attempt, kind, reason);
    forget();
    ended.outcome = RunOutcome::failed;
    ended.failure = kind;
    ended.reason = reason;
    ended.seconds = seconds_since(begin);
    return ended;
  };
  // A worker that was given up may have finished the run all the same.
  if (recorder_->is_done(run, attempt)) return ended;

  in_flight_ = assignment;
  mark_begun(assignment.deaths + 1, true);
  const auto was_saved = [&] {
    has_state = true;
    // A run that is saved makes progress even if one farm after the other dies of it.
    mark_begun(1, true);
  };
  const RunMonitor watch = [&](double fraction) {
    too_long = order_.run_time_limit > 0 && seconds_since(begin) > order_.run_time_limit;
    return monitor(fraction) && !too_long;
  };
  if (call_team) call_team();
  RunResult result;
  try {
    result = solve(assignment, watch, was_saved);
  } catch (const Interrupted& e) {
    if (too_long)
      return fail(FailureKind::time_limit, fmt::format("it took longer than the time limit of {} s per run",
                                                       format_number(order_.run_time_limit)));
    forgive();
    ended.outcome = RunOutcome::interrupted;
    ended.reason = e.what();
    if (const auto* how = dynamic_cast<const RunInterrupted*>(&e)) {
      ended.saved = how->saved_at > how->resumed_at;
      if (!how->checkpoint_error.empty()) ended.note = not_saved(run, how->checkpoint_error);
    }
    ended.seconds = seconds_since(begin);
    return ended;
  } catch (const LostTeam&) {
    throw;
  } catch (const std::exception& e) {
    const auto reason = in_words(e);
    if (assignment.last_try || is_of_the_run(e)) return fail(kind_of(e), reason);
    forgive();
    ended.outcome = RunOutcome::troubled;
    ended.reason = reason;
    ended.seconds = seconds_since(begin);
    return ended;
  }
  ended.resumed = result.resumed_at > 0;
  ended.resumed_at = result.resumed_at;
  if (ended.resumed)
    ended.note = fmt::format("run {} continued from where it had been saved, t = {} a.u.", run,
                             format_number(result.resumed_at));
  if (!result.checkpoint_error.empty()) ended.note = not_saved(run, result.checkpoint_error);
  if (!recorder_->is_done(run, attempt)) {
    FinishedRun finished{.run = run,
                         .parameters = assignment.parameters,
                         .pmd = std::move(result.pmd),
                         .arrays = {},
                         .diagnostics = result.diagnostics,
                         .attempt = attempt};
    finished.arrays.amplitude = std::move(result.amplitude);
    ended.committed = recorder_->done(std::move(finished));
  }
  forget();
  ended.seconds = seconds_since(begin);
  return ended;
}

std::string Executor::committed(std::size_t run) {
  return underway_.erase(run) > 0 ? forget_state(run) : "";
}

std::string Executor::forget_state(std::size_t run) const {
  try {
    remove_array_file(checkpoint_file(order_, run));
    if (!order_.checkpoint_folder.empty()) remove_array_file(checkpoint_file(order_.store, run));
    return {};
  } catch (const FileError& e) {
    return e.what();  // the run itself is safe
  }
}

void Executor::assist(const Assignment& assignment, const RunMonitor& monitor) {
  try {
    solve(assignment, monitor, {});
  } catch (const Interrupted&) {
    // The first rank reports it.
  } catch (const NumericsError&) {
  } catch (const ConfigError&) {
  }
}

}  // namespace bondscope::tdse
