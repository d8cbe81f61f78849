#include "libtdse/farm/master.hpp"

#include <algorithm>
#include <set>

#include "libtdse/farm/executor.hpp"

namespace tdse {
namespace {

class Master {
 public:
  Master(Crew& crew, Ledger& ledger, const SignalWatch& signals, const FarmReport& report)
      : crew_(crew), ledger_(ledger), signals_(signals), report_(report) {}

  void run(const std::filesystem::path& store, double checkpoint_interval) {
    crew_.begin(store, checkpoint_interval);
    Patience patience;
    while (ledger_.anything_running() || ledger_.anything_to_start()) {
      obey_signals();
      bool quiet = true;
      while (const auto arrived = crew_.poll()) {
        handle(arrived->first, arrived->second);
        quiet = false;
      }
      hand_out();
      report_(ledger_.status());
      if (quiet)
        patience.wait();
      else
        patience.reset();
    }
  }

  const std::string& broken() const { return broken_; }
  const std::vector<std::string>& notes() const { return notes_; }

 private:
  void obey_signals() {
    request_ = std::max(request_, signals_.request());
    if (request_ >= StopRequest::drain) ledger_.stop();
    if (request_ == StopRequest::abandon && !abandoned_) {
      abandoned_ = true;
      crew_.abandon();
    }
  }

  void handle(int worker, const Message& message) {
    switch (message.type) {
      case MessageType::ready:
        idle_.insert(worker);
        break;
      case MessageType::progress:
        ledger_.progress(worker, message.value);
        break;
      case MessageType::done:
        ledger_.done(worker, message.value);
        if (!message.text.empty()) notes_.push_back(message.text);
        idle_.insert(worker);
        break;
      case MessageType::failed:
        ledger_.failed(worker, message.text);
        idle_.insert(worker);
        break;
      case MessageType::interrupted:
        ledger_.interrupted(worker);
        idle_.insert(worker);
        break;
      case MessageType::stop:
        request_ = std::max(request_, message.value >= 2 ? StopRequest::abandon : StopRequest::drain);
        break;
      case MessageType::broken:
        if (broken_.empty()) broken_ = message.text;
        ledger_.interrupted(worker);
        ledger_.stop();
        break;
      case MessageType::begin:
      case MessageType::assign:
      case MessageType::abandon:
      case MessageType::dismiss:
        break;  // only a master says these
    }
  }

  void hand_out() {
    while (!idle_.empty()) {
      const auto run = ledger_.start(*idle_.begin());
      if (!run) return;
      crew_.assign(*idle_.begin(), *run);
      idle_.erase(idle_.begin());
    }
  }

  Crew& crew_;
  Ledger& ledger_;
  const SignalWatch& signals_;
  const FarmReport& report_;
  std::set<int> idle_;
  StopRequest request_ = StopRequest::none;
  bool abandoned_ = false;
  std::string broken_;
  std::vector<std::string> notes_;
};

/// The same with one rank. Returns why it had to stop, if it had to.
std::string run_alone(const std::filesystem::path& store, double checkpoint_interval, Ledger& ledger,
                      const SolverFactory& make_solver, const SignalWatch& signals, const FarmReport& report,
                      std::vector<std::string>& notes) {
  constexpr int myself = 0;
  try {
    Executor executor(store, make_solver, checkpoint_interval);
    const RunMonitor monitor = [&](double fraction) {
      if (signals.request() >= StopRequest::drain) ledger.stop();
      ledger.progress(myself, fraction);
      report(ledger.status());
      return signals.request() != StopRequest::abandon;
    };
    for (;;) {
      if (signals.request() >= StopRequest::drain) ledger.stop();
      const auto run = ledger.start(myself);
      if (!run) return {};
      report(ledger.status());
      const auto ended = executor.execute(run->run, run->attempt, monitor);
      if (ended.outcome == RunOutcome::done) {
        ledger.done(myself, ended.seconds);
        if (!ended.note.empty()) notes.push_back(ended.note);
      } else if (ended.outcome == RunOutcome::failed) {
        ledger.failed(myself, ended.reason);
      } else {
        ledger.interrupted(myself);
      }
      report(ledger.status());
    }
  } catch (const std::exception& e) {
    ledger.interrupted(myself);
    ledger.stop();
    return e.what();
  }
}

}  // namespace

FarmResult run_farm(Crew& crew, const std::filesystem::path& store, Ledger ledger,
                    const SolverFactory& make_solver, const SignalWatch& signals, const FarmReport& report,
                    double checkpoint_interval) {
  std::string broken;
  std::vector<std::string> notes;
  if (!ledger.anything_to_start()) {
    // Nobody needs to open the store for nothing.
  } else if (crew.size() == 0) {
    broken = run_alone(store, checkpoint_interval, ledger, make_solver, signals, report, notes);
  } else {
    Master master(crew, ledger, signals, report);
    master.run(store, checkpoint_interval);
    broken = master.broken();
    notes = master.notes();
  }
  return {
      ledger.status(), ledger.done_now(), ledger.run_seconds(), ledger.unfinished(), ledger.failures(), notes,
      broken};
}

}  // namespace tdse
