#include "libtdse/farm/ledger.hpp"

#include <algorithm>

namespace tdse {

Ledger::Ledger(std::size_t runs, std::size_t done, std::vector<PlannedRun> plan, Clock::time_point begin)
    : runs_(runs), done_before_(done), pending_(plan.begin(), plan.end()), begin_(begin) {
  for (const auto& run : pending_)
    cost_total_ += run.cost;
}

std::optional<PlannedRun> Ledger::start(int worker) {
  if (!anything_to_start()) return {};
  const PlannedRun run = pending_.front();
  pending_.pop_front();
  running_[worker] = {run, 0};
  return run;
}

void Ledger::progress(int worker, double fraction) {
  const auto found = running_.find(worker);
  if (found != running_.end()) found->second.fraction = std::clamp(fraction, 0.0, 1.0);
}

std::optional<Ledger::Running> Ledger::take(int worker) {
  const auto found = running_.find(worker);
  if (found == running_.end()) return {};
  const Running running = found->second;
  running_.erase(found);
  return running;
}

void Ledger::done(int worker, double run_seconds) {
  if (const auto running = take(worker)) {
    ++done_now_;
    run_seconds_ += run_seconds;
    cost_done_ += running->run.cost;
  }
}

void Ledger::failed(int worker, const std::string& reason) {
  if (const auto running = take(worker)) {
    failures_.push_back({running->run.run, reason});
    cost_done_ += running->run.cost;
  }
}

void Ledger::interrupted(int worker) {
  if (take(worker)) ++interrupted_;
}

FarmStatus Ledger::status(Clock::time_point now) const {
  FarmStatus s;
  s.runs = runs_;
  s.done = done_before_ + done_now_;
  s.failed = failures_.size();
  s.running = running_.size();
  s.pending = pending_.size();
  s.seconds = std::chrono::duration<double>(now - begin_).count();
  s.stopping = stopping_;
  if (s.seconds > 0) s.rate = static_cast<double>(done_now_) / s.seconds;
  double cost_done = cost_done_, cost_left = 0;
  for (const auto& [worker, running] : running_) {
    cost_done += running.fraction * running.run.cost;
    cost_left += (1 - running.fraction) * running.run.cost;
  }
  // What is not started any more need not be waited for.
  if (!stopping_) cost_left = cost_total_ - cost_done;
  if (cost_done > 0 && s.seconds > 0) s.seconds_left = std::max(0.0, cost_left) * s.seconds / cost_done;
  return s;
}

}  // namespace tdse
