#include "libtdse/farm/master.hpp"

#include <algorithm>
#include <set>

#include <nlohmann/json.hpp>

#include "libpmd/base/process/build_info.hpp"
#include "libtdse/farm/executor.hpp"

namespace bondscope::tdse {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

class Master {
 public:
  Master(Crew& crew, Supervisor& supervisor, const FarmSettings& settings, const FarmReport& report)
      : crew_(crew), supervisor_(supervisor), settings_(settings), report_(report) {}

  void run(const WorkOrder& order) {
    crew_.begin(order);
    workers_.resize(static_cast<std::size_t>(crew_.teams().workers()) + 1);
    Patience patience;
    while (!finished()) {
      supervisor_.watch();
      pass_on_stop();
      bool quiet = true;
      while (auto arrived = crew_.poll()) {
        handle(arrived->first, arrived->second);
        quiet = false;
      }
      look_for_silence();
      hand_out();
      report_(supervisor_.ledger());
      if (quiet)
        patience.wait();
      else
        patience.reset();
    }
  }

  /// After run(): waits until nobody has an answer to begin() on its way. False if somebody does not answer.
  bool wait_for_starters() {
    constexpr double patience_seconds = 20;
    const auto begin = Clock::now();
    Patience patience;
    while (std::any_of(workers_.begin() + 1, workers_.end(),
                       [](const WorkerState& worker) { return worker.state == State::starting; })) {
      supervisor_.watch();
      if (seconds_since(begin) > patience_seconds || supervisor_.abandoning() ||
          settings_.wall_time.left() <= 0)
        return false;
      if (const auto arrived = crew_.poll())
        handle(arrived->first, arrived->second);
      else
        patience.wait();
    }
    return true;
  }

  bool lost_workers() const {
    for (const auto& worker : workers_)
      if (worker.state == State::lost) return true;
    return false;
  }

 private:
  enum class State { starting, ready, lost, broken };
  struct WorkerState {
    State state = State::starting;
    Clock::time_point heard = Clock::now();
  };

  bool finished() {
    Ledger& ledger = supervisor_.ledger();
    if (ledger.anything_assigned()) return false;
    if (ledger.stopping() || !ledger.anything_pending()) return true;
    bool anybody = false, starting = false;
    for (std::size_t w = 1; w < workers_.size(); ++w) {
      anybody = anybody || workers_[w].state == State::ready;
      starting = starting || workers_[w].state == State::starting;
    }
    if (starting) return false;
    return !anybody || supervisor_.over();
  }

  /// Once each.
  void pass_on_stop() {
    if (supervisor_.ledger().stopping() && !withdrawn_) {
      withdrawn_ = true;
      crew_.withdraw();
    }
    if (supervisor_.abandoning() && !abandoned_) {
      abandoned_ = true;
      crew_.abandon();
    }
  }

  void handle(int worker, const Message& message) {
    if (message.type == MessageType::stop)
      return supervisor_.request(message.value >= 2 ? StopRequest::abandon : StopRequest::drain);
    auto& state = workers_.at(static_cast<std::size_t>(worker));
    state.heard = Clock::now();
    const bool lost = state.state == State::lost;
    const auto ended = [&](RunOutcome outcome) {
      ExecutedRun run{
          .outcome = outcome, .attempt = message.attempt, .seconds = message.value, .reason = {}, .note = {}};
      if (outcome == RunOutcome::failed) {
        run.failure = static_cast<FailureKind>(message.code);
        run.reason = message.text;
      } else {
        run.note = message.text;
      }
      run.saved = outcome == RunOutcome::interrupted && message.code != 0;
      run.resumed = outcome == RunOutcome::done && message.code != 0;
      supervisor_.ended(worker, message.run, run);
    };
    switch (message.type) {
      case MessageType::ready:
        if (!lost) state.state = State::ready;
        supervisor_.ready(worker, message.text, crew_.teams().ranks_of(worker));
        break;
      case MessageType::progress:
        supervisor_.ledger().progress(worker, message.run, message.value);
        break;
      case MessageType::done:
        ended(RunOutcome::done);
        break;
      case MessageType::failed:
        ended(RunOutcome::failed);
        break;
      case MessageType::interrupted:
        ended(RunOutcome::interrupted);
        break;
      case MessageType::returned:
        // What a lost worker had not begun was taken from it before.
        if (!lost) supervisor_.returned(worker, message.run);
        break;
      case MessageType::idle:
        // Only now it has nothing of what it had when it was lost.
        if (!lost) break;
        state.state = State::ready;
        supervisor_.back(worker);
        break;
      case MessageType::broken:
        state.state = State::broken;
        supervisor_.broken(worker, message.run, message.text);
        break;
      default:
        break;  // only a master says these
    }
    requeue(worker);
  }

  /// Files the worker under the length of its queue, if it may be given runs.
  void requeue(int worker) {
    const auto state = workers_[static_cast<std::size_t>(worker)].state;
    auto& place = filed_[worker];
    by_queue_.erase({place, worker});
    if (state != State::ready) return;
    place = supervisor_.ledger().queue_length(worker);
    by_queue_.insert({place, worker});
  }

  void look_for_silence() {
    const auto now = Clock::now();
    if (now < next_look_) return;
    // If this process itself stood still, so did the others, or they had nobody to talk to.
    constexpr auto interval = std::chrono::milliseconds(500), long_pause = std::chrono::milliseconds(3000);
    if (now - next_look_ > long_pause)
      for (auto& worker : workers_)
        worker.heard += now - next_look_;
    next_look_ = now + interval;
    for (std::size_t w = 1; w < workers_.size(); ++w) {
      auto& worker = workers_[w];
      const int number = static_cast<int>(w);
      const bool expected = worker.state == State::starting ||
                            (worker.state == State::ready && supervisor_.ledger().queue_length(number) > 0);
      const double silent = seconds_since(worker.heard);
      const bool too_long = settings_.worker_timeout > 0 && silent >= settings_.worker_timeout;
      if (!expected || (!too_long && !supervisor_.out_of_patience())) continue;
      worker.state = State::lost;
      supervisor_.lost(number, silent);
      // Should it wake up, it must not begin what others do by then.
      crew_.withdraw(number);
      requeue(number);
    }
  }

  void hand_out() {
    Ledger& ledger = supervisor_.ledger();
    const std::size_t deepest = 1 + supervisor_.prefetch_depth();
    while (!by_queue_.empty() && !ledger.stopping()) {
      const auto [length, worker] = *by_queue_.begin();
      // A worker's second run may be one that soon another has no run for.
      if (length > 0 && (length >= deepest || ledger.pending() <= by_queue_.size())) return;
      const auto run = supervisor_.next(worker);
      if (!run) return;
      // An idle worker has been silent for good reason.
      if (length == 0) workers_[static_cast<std::size_t>(worker)].heard = Clock::now();
      crew_.assign(worker, *run);
      requeue(worker);
    }
  }

  Crew& crew_;
  Supervisor& supervisor_;
  const FarmSettings& settings_;
  const FarmReport& report_;
  std::vector<WorkerState> workers_;                // [worker]; 0 is nobody
  std::set<std::pair<std::size_t, int>> by_queue_;  // (length of queue, worker) of all that are ready
  std::map<int, std::size_t> filed_;                // under which length
  Clock::time_point next_look_ = Clock::now();
  bool withdrawn_ = false, abandoned_ = false;
};

/// The same with one rank.
void run_alone(const WorkOrder& order, Supervisor& supervisor, const SolverFactory& make_solver,
               const FarmReport& report) {
  constexpr int myself = 1;
  std::size_t current = 0;
  try {
    Team team;
    team.threads = std::make_shared<Threads>(order.threads);
    Executor executor(order, make_solver, team);
    supervisor.ready(myself, host_name(), {0});
    const RunMonitor monitor = [&](double fraction) {
      supervisor.watch();
      supervisor.ledger().progress(myself, current, fraction);
      report(supervisor.ledger());
      return !supervisor.abandoning();
    };
    while (!supervisor.over()) {
      supervisor.watch();
      const auto run = supervisor.next(myself);
      if (!run) continue;  // then it is over, or the time is
      current = run->run;
      report(supervisor.ledger());
      supervisor.ended(myself, run->run, executor.execute(run->run, run->attempt, run->begun, monitor));
      report(supervisor.ledger());
    }
  } catch (const std::exception& e) {
    supervisor.broken(myself, current, e.what());
  }
}

}  // namespace

FarmResult run_farm(Crew& crew, const std::filesystem::path& store, Ledger ledger,
                    const FarmSettings& settings, Journal& journal, const SolverFactory& make_solver,
                    const SignalWatch& signals, const FarmReport& report, Afterwards afterwards) {
  Supervisor supervisor(ledger, settings, journal, signals);
  FarmResult result;
  bool lost = false;
  const WorkOrder order{std::filesystem::absolute(store).string(), settings.checkpoint_interval,
                        settings.run_time_limit, settings.ranks_per_run, settings.threads};
  if (!ledger.anything_pending()) {
    // Nobody needs to open the store for nothing.
  } else if (crew.ranks() == 1) {
    run_alone(order, supervisor, make_solver, report);
  } else {
    Master master(crew, supervisor, settings, report);
    master.run(order);
    result.workers = crew.teams().workers();
    lost = master.lost_workers() || (afterwards == Afterwards::stay && !master.wait_for_starters());
  }
  result.status = ledger.status();
  result.done_now = ledger.done_now();
  result.run_seconds = ledger.run_seconds();
  result.busy_seconds = supervisor.busy_seconds();
  result.unfinished = ledger.unfinished();
  result.failures = ledger.failures();
  result.notes = supervisor.notes();
  if (!journal.problem().empty()) result.notes.push_back(journal.problem());
  result.cause = supervisor.cause();
  result.reason = supervisor.reason();
  result.anything_saved = supervisor.anything_saved();
  journal.write("farm_end", {{"done", result.done_now},
                             {"failed", result.failures.size()},
                             {"unfinished", result.unfinished},
                             {"seconds", result.status.seconds},
                             {"busy_seconds", result.busy_seconds},
                             {"reason", result.reason}});
  // Those who do not answer will hardly do so now.
  constexpr double usual_patience = 20, little_patience = 3;
  const bool stay = afterwards == Afterwards::stay && !lost && result.cause == StopCause::none;
  if (!stay) result.ranks_left = !crew.dismiss(lost ? little_patience : usual_patience);
  result.lost_workers = lost;
  result.anything_started = supervisor.anything_started();
  return result;
}

}  // namespace bondscope::tdse
