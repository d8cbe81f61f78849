#include "libtdse/farm/ledger.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "libtdse/farm/blame.hpp"

namespace bondscope::tdse {

bool LongestFirst::operator()(const RunToDo& a, const RunToDo& b) const {
  const auto suspicion = [](const RunToDo& run) { return run.begun < suspect_deaths ? 0 : run.begun; };
  return std::tuple(suspicion(a), a.attempt, -a.cost, a.run) <
         std::tuple(suspicion(b), b.attempt, -b.cost, b.run);
}

std::vector<RunToDo> runs_to_do(const std::vector<CommitRecord>& commits, const std::vector<double>& costs,
                                const std::vector<std::uint32_t>& begun, Selection selection) {
  const RunState wanted = selection == Selection::failed ? RunState::failed : RunState::pending;
  std::vector<RunToDo> to_do;
  for (std::size_t run = 0; run < commits.size(); ++run)
    if (commits[run].state == wanted)
      to_do.push_back({run, commits[run].attempt + 1, costs.at(run), begun.at(run)});
  std::sort(to_do.begin(), to_do.end(), LongestFirst{});
  return to_do;
}

void Pace::learn(double cost, double seconds) {
  if (!(cost > 0) || !(seconds > 0) || !std::isfinite(seconds / cost)) return;
  // Welford's running variance.
  const double ratio = seconds / cost;
  ++runs_;
  const double before = ratio - mean_;
  mean_ += before / static_cast<double>(runs_);
  squares_ += before * (ratio - mean_);
}

std::optional<double> Pace::expected_seconds(double cost) const {
  if (runs_ == 0) return {};
  return mean_ * cost;
}

std::optional<double> Pace::cautious_seconds(double cost) const {
  if (runs_ == 0) return {};
  constexpr double least = 1.1, most = 2.5;
  const double deviation = runs_ > 1 ? std::sqrt(squares_ / static_cast<double>(runs_ - 1)) : 0.5 * mean_;
  return std::clamp(mean_ + 3 * deviation, least * mean_, most * mean_) * cost;
}

Ledger::Ledger(Earlier earlier, const std::vector<RunToDo>& to_do, Clock::time_point begin)
    : earlier_(earlier), pending_(to_do.begin(), to_do.end()), begin_(begin) {
  for (const auto& run : to_do)
    cost_total_ += run.cost;
}

std::set<RunToDo, LongestFirst>::const_iterator Ledger::next(const Fit& fit, const Choice& choice) const {
  if (secluded_ > 0) return pending_.end();
  const auto admitted = [&](const RunToDo& run) {
    return fit.admits(run) && assigned_ < company(run.begun) && (!choice || choice(run));
  };
  if (pending_.empty() || admitted(*pending_.begin())) return pending_.begin();
  // They are in order of cost, so the first one that is short enough can be looked up; suspects follow.
  auto found =
      fit.admits(*pending_.begin()) ? pending_.begin() : pending_.lower_bound({.run = 0, .cost = fit.up_to});
  while (found != pending_.end() && !admitted(*found))
    ++found;
  return found;
}

std::optional<RunToDo> Ledger::assign(int worker, const Fit& fit, const Choice& choice) {
  if (stopping_) return {};
  const auto found = next(fit, choice);
  if (found == pending_.end()) return {};
  const RunToDo run = *found;
  pending_.erase(found);
  queues_[worker].push_back({run, 0});
  count_assigned(run, 1);
  return run;
}

void Ledger::count_assigned(const RunToDo& run, int change) {
  assigned_ += static_cast<std::size_t>(change);
  if (company(run.begun) == 1) secluded_ += static_cast<std::size_t>(change);
}

void Ledger::progress(int worker, std::size_t run, double fraction) {
  const auto queue = queues_.find(worker);
  if (queue == queues_.end()) return;
  for (auto& assigned : queue->second)
    if (assigned.run.run == run) assigned = {assigned.run, std::clamp(fraction, 0.0, 1.0), true};
}

std::optional<Ledger::Assigned> Ledger::take(int worker, std::size_t run) {
  const auto queue = queues_.find(worker);
  if (queue != queues_.end()) {
    const auto found = std::find_if(queue->second.begin(), queue->second.end(),
                                    [&](const Assigned& assigned) { return assigned.run.run == run; });
    if (found != queue->second.end()) {
      const Assigned taken = *found;
      queue->second.erase(found);
      count_assigned(taken.run, -1);
      return taken;
    }
  }
  // A worker that was given up may still finish its run.
  const auto late = interrupted_.find(run);
  if (late == interrupted_.end()) return {};
  const Assigned taken{late->second, 0};
  interrupted_.erase(late);
  return taken;
}

bool Ledger::done(int worker, std::size_t run, double run_seconds, bool learn) {
  const auto assigned = take(worker, run);
  if (!assigned) return false;
  ++done_now_;
  run_seconds_ += run_seconds;
  cost_done_ += assigned->run.cost;
  if (learn) pace_.learn(assigned->run.cost, run_seconds);
  return true;
}

bool Ledger::failed(int worker, std::size_t run, FailureKind kind, const std::string& reason) {
  const auto assigned = take(worker, run);
  if (!assigned) return false;
  failures_.push_back({run, kind, reason});
  cost_done_ += assigned->run.cost;
  return true;
}

bool Ledger::interrupted(int worker, std::size_t run) {
  const auto assigned = take(worker, run);
  if (!assigned) return false;
  interrupted_[run] = assigned->run;
  return true;
}

bool Ledger::returned(int worker, std::size_t run) {
  const auto assigned = take(worker, run);
  if (!assigned) return false;
  pending_.insert(assigned->run);
  return true;
}

std::vector<std::size_t> Ledger::lost(int worker) {
  auto& queue = queues_[worker];
  // Where a node's writer has the rows, some of those before the last one may be on their way to the disk.
  const auto last = std::find_if(queue.rbegin(), queue.rend(), [](const Assigned& a) { return a.begun; });
  std::size_t begun = static_cast<std::size_t>(queue.rend() - last);
  for (begun = std::min(std::max<std::size_t>(begun, 1), queue.size()); begun > 0; --begun) {
    interrupted_[queue.front().run.run] = queue.front().run;
    count_assigned(queue.front().run, -1);
    queue.pop_front();
  }
  return give_back(worker);
}

std::vector<std::size_t> Ledger::give_back(int worker) {
  std::vector<std::size_t> returned;
  for (const auto& assigned : queues_[worker]) {
    pending_.insert(assigned.run);
    returned.push_back(assigned.run.run);
    count_assigned(assigned.run, -1);
  }
  queues_.erase(worker);
  return returned;
}

const Pace& Ledger::pace() const {
  constexpr std::size_t enough = 3;
  return pace_.runs() >= enough || earlier_pace_.runs() == 0 ? pace_ : earlier_pace_;
}

std::size_t Ledger::queue_length(int worker) const {
  const auto queue = queues_.find(worker);
  return queue == queues_.end() ? 0 : queue->second.size();
}

double Ledger::backlog_seconds(int worker) const {
  const auto queue = queues_.find(worker);
  if (queue == queues_.end()) return 0;
  double seconds = 0;
  for (const auto& assigned : queue->second)
    seconds += (1 - assigned.fraction) * pace().expected_seconds(assigned.run.cost).value_or(0);
  return seconds;
}

FarmStatus Ledger::status(Clock::time_point now) const {
  FarmStatus s;
  s.runs = earlier_.runs;
  s.done = done();
  s.failed = earlier_.failed + failures_.size();
  s.seconds = std::chrono::duration<double>(now - begin_).count();
  s.stopping = stopping_;
  if (s.seconds > 0) s.rate = static_cast<double>(done_now_) / s.seconds;
  double cost_done = cost_done_, cost_left = 0;
  for (const auto& [worker, queue] : queues_) {
    if (!queue.empty()) ++s.running;
    for (const auto& assigned : queue) {
      cost_done += assigned.fraction * assigned.run.cost;
      cost_left += (1 - assigned.fraction) * assigned.run.cost;
    }
  }
  // Runs in a worker's queue are waiting, too.
  s.pending = pending_.size() + assigned_ - s.running;
  // There is no need to wait for what will not be started.
  if (!stopping_) cost_left = cost_total_ - cost_done;
  if (cost_done > 0 && s.seconds > 0) s.seconds_left = std::max(0.0, cost_left) * s.seconds / cost_done;
  return s;
}

}  // namespace bondscope::tdse
