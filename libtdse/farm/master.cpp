#include "libtdse/farm/master.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "libtdse/farm/executor.hpp"

namespace bondscope::tdse {

void Master::run(const WorkOrder& order) {
  workers_.begin(order);
  states_.resize(static_cast<std::size_t>(workers_.teams().workers()) + 1);
  dispatcher_.expect(workers_.teams().workers());
  Patience patience;
  while (!finished()) {
    dispatcher_.watch();
    pass_on_stop();
    bool quiet = true;
    while (auto arrived = workers_.poll()) {
      handle(arrived->first, arrived->second);
      quiet = false;
    }
    look_for_silence();
    hand_out();
    report_(dispatcher_.ledger());
    if (quiet)
      patience.wait();
    else
      patience.reset();
  }
}

bool Master::anybody_starting() const {
  return std::any_of(states_.begin() + 1, states_.end(),
                     [](const WorkerState& worker) { return worker.state == State::starting; });
}

bool Master::wait_for_starters() {
  constexpr double patience_seconds = 20;
  const auto begin = Clock::now();
  Patience patience;
  while (anybody_starting()) {
    dispatcher_.watch();
    if (seconds_since(begin) > patience_seconds || dispatcher_.abandoning() ||
        settings_.wall_time.left() <= 0)
      return false;
    if (const auto arrived = workers_.poll())
      handle(arrived->first, arrived->second);
    else
      patience.wait();
  }
  return true;
}

bool Master::lost_workers() const {
  for (const auto& worker : states_)
    if (worker.state == State::lost) return true;
  return false;
}

bool Master::finished() {
  Ledger& ledger = dispatcher_.ledger();
  if (ledger.anything_assigned()) return false;
  if (ledger.stopping() || !ledger.anything_pending()) return true;
  bool anybody = false, starting = false;
  for (std::size_t w = 1; w < states_.size(); ++w) {
    anybody = anybody || states_[w].state == State::ready;
    starting = starting || states_[w].state == State::starting;
  }
  if (starting) return false;
  return !anybody || dispatcher_.over();
}

void Master::pass_on_stop() {
  if (dispatcher_.ledger().stopping() && !withdrawn_) {
    withdrawn_ = true;
    workers_.tell(MessageType::withdraw);
  }
  if (dispatcher_.abandoning() && !abandoned_) {
    abandoned_ = true;
    workers_.tell(MessageType::abandon);
  }
}

void Master::handle(int worker, const Message& message) {
  if (message.type == MessageType::stop)
    return dispatcher_.request(message.value >= 2 ? StopRequest::abandon : StopRequest::drain);
  auto& state = states_.at(static_cast<std::size_t>(worker));
  state.heard = Clock::now();
  const bool lost = state.state == State::lost;
  const auto ended = [&](RunOutcome outcome) {
    ExecutedRun run{
        .outcome = outcome, .attempt = message.attempt, .seconds = message.value, .reason = {}, .note = {}};
    if (outcome == RunOutcome::failed || outcome == RunOutcome::troubled) {
      if (outcome == RunOutcome::failed) run.failure = static_cast<FailureKind>(message.code);
      run.reason = message.text;
    } else {
      run.note = message.text;
    }
    run.saved = outcome == RunOutcome::interrupted && message.code != 0;
    run.resumed = outcome == RunOutcome::done && message.code != 0;
    dispatcher_.ended(worker, message.run, run);
  };
  switch (message.type) {
    case MessageType::ready:
      if (!lost) state.state = State::ready;
      greet(worker, message.text);
      break;
    case MessageType::progress:
      dispatcher_.ledger().progress(worker, message.run, message.value);
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
      // The runs that a lost worker had not begun were taken from it when it was lost.
      if (!lost) dispatcher_.returned(worker, message.run);
      break;
    case MessageType::idle:
      // Only now has it none of the runs that it had when it was lost.
      if (!lost) break;
      state.state = State::ready;
      dispatcher_.back(worker);
      break;
    case MessageType::troubled:
      ended(RunOutcome::troubled);
      break;
    case MessageType::broken:
      dispatcher_.broken(worker, message.run, message.text, message.code != 0);
      break;
    default:
      break;  // only a master says these
  }
  if (dispatcher_.benched(worker) && state.state != State::benched) {
    state.state = State::benched;
    workers_.tell(worker, MessageType::withdraw);
  }
  requeue(worker);
}

void Master::greet(int worker, const std::string& text) {
  const auto json = nlohmann::json::parse(text, nullptr, false);
  const auto host = json.is_object() ? json.value("host", "") : "";
  const auto saved =
      json.is_object() ? json.value("saved", std::set<std::size_t>{}) : std::set<std::size_t>{};
  dispatcher_.ready(worker, host, workers_.teams().ranks_of(worker), saved);
}

void Master::requeue(int worker) {
  const auto state = states_[static_cast<std::size_t>(worker)].state;
  auto& place = filed_[worker];
  by_queue_.erase({place, worker});
  if (state != State::ready) return;
  place = dispatcher_.ledger().queue_length(worker);
  by_queue_.insert({place, worker});
}

void Master::look_for_silence() {
  const auto now = Clock::now();
  if (now < next_look_) return;
  // If this process itself was suspended, so were the others, or they had nobody to talk to.
  constexpr auto interval = std::chrono::milliseconds(500), long_pause = std::chrono::milliseconds(3000);
  if (now - next_look_ > long_pause)
    for (auto& worker : states_)
      worker.heard += now - next_look_;
  next_look_ = now + interval;
  for (std::size_t w = 1; w < states_.size(); ++w) {
    auto& worker = states_[w];
    const int number = static_cast<int>(w);
    const bool expected = worker.state == State::starting ||
                          (worker.state != State::lost && dispatcher_.ledger().queue_length(number) > 0);
    const double silent = seconds_since(worker.heard);
    const bool too_long = settings_.worker_timeout > 0 && silent >= settings_.worker_timeout;
    if (!expected || (!too_long && !dispatcher_.out_of_patience())) continue;
    worker.state = State::lost;
    dispatcher_.lost(number, silent);
    // Should it wake up, it must not begin runs that others have by then.
    workers_.tell(number, MessageType::withdraw);
    requeue(number);
  }
}

void Master::hand_out() {
  Ledger& ledger = dispatcher_.ledger();
  // Runs that a node has saved for itself should not go to others only because it starts later.
  constexpr double starting_seconds = 20;
  if (!settings_.order.checkpoint_folder.empty() && anybody_starting() &&
      seconds_since(begin_) < starting_seconds)
    return;
  const std::size_t deepest = 1 + dispatcher_.prefetch_depth();
  for (auto next = by_queue_.begin(); next != by_queue_.end() && !ledger.stopping();) {
    const auto [length, worker] = *next;
    // A second run for one worker may be the run that another will soon lack.
    if (length > 0 && (length >= deepest || ledger.pending() <= by_queue_.size())) return;
    auto run = dispatcher_.next(worker);
    if (!run) {
      if (ledger.pending() == 0 || !dispatcher_.chooses()) return;
      // What is left may be for another: a run that met with trouble here.
      ++next;
      continue;
    }
    complete(*run, store_);
    // An idle worker has been silent for good reason.
    if (length == 0) states_[static_cast<std::size_t>(worker)].heard = Clock::now();
    workers_.assign(worker, *run);
    requeue(worker);
    next = by_queue_.begin();
  }
}

}  // namespace bondscope::tdse
