#include "libtdse/farm/executor.hpp"

#include <new>
#include <utility>

#include <fmt/format.h>

#include "libpmd/base/clock.hpp"
#include "libpmd/base/files/array_file.hpp"
#include "libpmd/base/process/build_info.hpp"
#include "libpmd/base/text/number.hpp"
#include "libtdse/farm/mpi_session.hpp"

namespace bondscope::tdse {
namespace {

Store open_store(const WorkOrder& order, const Team& team) {
  // Only the first rank of a team writes.
  return team.ranks->rank() == 0 ? Store::open(order.store, Store::Mode::write, parallel_access())
                                 : Store::open(order.store, Store::Mode::read);
}

/// Looks now and then whether a file was replaced.
class SavedTime {
 public:
  explicit SavedTime(std::filesystem::path file) : file_(std::move(file)), time_(time()) {}

  bool changed() {
    const auto now = Clock::now();
    if (now < next_look_) return false;
    next_look_ = now + std::chrono::seconds(1);
    const auto before = std::exchange(time_, time());
    return time_ != before;
  }

 private:
  std::filesystem::file_time_type time() const {
    std::error_code status;
    return std::filesystem::last_write_time(file_, status);
  }

  std::filesystem::path file_;
  std::filesystem::file_time_type time_;
  Clock::time_point next_look_ = Clock::now();
};

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

std::filesystem::path checkpoint_file(const std::filesystem::path& store, std::size_t run) {
  return fmt::format("{}.run-{}.checkpoint", store.string(), run);
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
    throw LostTeam(fmt::format("run {}: {}", run, e.what()));
  }
}

/// Advice for later farms: not worth a failure.
void Executor::mark_begun(std::uint32_t count, bool in_flight) {
  if (!in_flight_) return;
  try {
    store_.mark_begun(in_flight_->run, count, in_flight);
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
  const auto [run, attempt, deaths, last_try] = assignment;
  const auto begin = Clock::now();
  const auto file = checkpoint_file(order_.store, run);
  ExecutedRun ended{.attempt = attempt, .reason = {}, .note = {}};
  const auto forget_state = [&] {
    try {
      remove_array_file(file);
    } catch (const FileError& e) {
      ended.note = e.what();  // the run itself is safe
    }
  };
  const auto fail = [&](FailureKind kind, const std::string& reason) {
    store_.write_failure(run, attempt, kind, reason);
    forget_state();
    ended.outcome = RunOutcome::failed;
    ended.failure = kind;
    ended.reason = reason;
    ended.seconds = seconds_since(begin);
    return ended;
  };
  // A worker that was given up may have finished the run all the same.
  const auto done_meanwhile = [&] {
    const auto record = store_.commit(run);
    return record.state == RunState::done && record.attempt >= attempt;
  };
  if (done_meanwhile()) return ended;

  in_flight_ = assignment;
  mark_begun(deaths + 1, true);
  SavedTime saved(file);
  bool too_long = false;
  const RunMonitor watch = [&](double fraction) {
    // A run that is saved makes progress even if one farm after the other dies of it.
    if (saved.changed()) mark_begun(1, true);
    too_long = order_.run_time_limit > 0 && seconds_since(begin) > order_.run_time_limit;
    return monitor(fraction) && !too_long;
  };
  if (call_team) call_team();
  RunResult result;
  try {
    result = solve(run, watch);
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
    if (last_try || is_of_the_run(e)) return fail(kind_of(e), reason);
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
  if (!done_meanwhile()) {
    RowArrays arrays;
    arrays.amplitude = std::move(result.amplitude);
    store_.write(run, result.pmd, result.diagnostics, attempt, arrays);
  }
  forget_state();
  ended.seconds = seconds_since(begin);
  return ended;
}

void Executor::assist(std::size_t run, const RunMonitor& monitor) {
  try {
    solve(run, monitor);
  } catch (const Interrupted&) {
    // The first rank reports it.
  } catch (const NumericsError&) {
  } catch (const ConfigError&) {
  }
}

}  // namespace bondscope::tdse
