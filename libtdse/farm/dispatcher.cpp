#include "libtdse/farm/dispatcher.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace bondscope::tdse {

void Dispatcher::watch() {
  request(signals_.request());
  if (!abandoning_ && settings_.wall_time.left() == 0) {
    stop(StopCause::time_limit, "the time limit is reached");
    abandon();
  }
}

void Dispatcher::abandon() {
  if (abandoning_) return;
  abandoning_ = true;
  abandoned_at_ = Clock::now();
}

bool Dispatcher::out_of_patience() const {
  constexpr double usual = 60;
  const double patience =
      course_.cause == StopCause::time_limit ? std::min(usual, 0.5 * settings_.wall_time.reserve()) : usual;
  return abandoning_ && seconds_since(abandoned_at_) > patience;
}

void Dispatcher::request(StopRequest request) {
  requested_ = std::max(requested_, request);
  if (requested_ >= StopRequest::drain) stop(StopCause::signal, "a stop was requested");
  if (requested_ == StopRequest::abandon) abandon();
}

void Dispatcher::stop(StopCause cause, const std::string& reason) {
  const bool graver = cause == StopCause::broken && course_.cause != StopCause::broken;
  if (ledger_.stopping() && !graver) {
    if (cause == StopCause::broken) course_.notes.push_back(reason);
    return;
  }
  ledger_.stop();
  course_.cause = cause;
  course_.reason = reason;
  journal_.write("stop", {{"reason", reason}});
}

Ledger::Fit Dispatcher::fit(int worker) const {
  constexpr double any = std::numeric_limits<double>::infinity();
  const double left = settings_.wall_time.left() - ledger_.backlog_seconds(worker);
  const auto cautious = ledger_.pace().cautious_seconds(1);
  if (!std::isfinite(left) || !cautious) return {any, any};
  Ledger::Fit fit{std::max(0.0, left) / *cautious, any};
  // A run that will be saved need not finish, but it should get beyond its start.
  constexpr double worth_starting = 0.1;
  const double interval = settings_.order.checkpoint_interval;
  if (interval > 0 && left > worth_starting * interval)
    fit.from = 1.1 * interval / *ledger_.pace().expected_seconds(1);
  // The times of earlier farms, perhaps of another machine or other teams, must not keep this one from
  // trying.
  if (!course_.anything_started && left > 0 && !ledger_.anything_fits(fit)) return {any, any};
  return fit;
}

std::optional<RunToDo> Dispatcher::next(int worker) {
  if (settings_.wall_time.left() == 0) return {};
  const auto run = ledger_.assign(worker, fit(worker));
  if (!run) return {};
  course_.anything_started = true;
  journal_.write("assign",
                 {{"worker", worker}, {"run", run->run}, {"attempt", run->attempt}, {"cost", run->cost}});
  return run;
}

std::size_t Dispatcher::prefetch_depth() const {
  // One run hides the round trip to the master; of very short ones it takes as many as fill that time.
  constexpr double hidden_seconds = 0.2, most = 16;
  if (ledger_.done_now() == 0) return 1;
  const double mean = ledger_.run_seconds() / static_cast<double>(ledger_.done_now());
  return static_cast<std::size_t>(std::clamp(std::ceil(hidden_seconds / std::max(mean, 1e-9)), 1.0, most));
}

bool Dispatcher::over() {
  if (ledger_.anything_assigned()) return false;
  if (ledger_.stopping() || !ledger_.anything_pending()) return true;
  // If anything fitted, an idle worker would have it.
  if (ledger_.anything_fits(fit(0))) return false;
  stop(StopCause::time_limit, "what is left does not fit into the time limit");
  return true;
}

void Dispatcher::ready(int worker, const std::string& host, const std::vector<int>& ranks) {
  journal_.write("ready", {{"worker", worker}, {"host", host}, {"ranks", ranks}});
}

void Dispatcher::ended(int worker, std::size_t run, const ExecutedRun& how) {
  if (!how.note.empty()) course_.notes.push_back(how.note);
  nlohmann::json entry{{"worker", worker}, {"run", run}, {"seconds", how.seconds}};
  course_.busy_seconds += how.seconds;
  switch (how.outcome) {
    case RunOutcome::done:
      if (!ledger_.done(worker, run, how.seconds, !how.resumed)) return;
      entry["attempt"] = how.attempt;
      return journal_.write("done", std::move(entry));
    case RunOutcome::interrupted:
      if (!ledger_.interrupted(worker, run)) return;
      course_.anything_saved = course_.anything_saved || how.saved;
      entry["saved"] = how.saved;
      return journal_.write("interrupted", std::move(entry));
    case RunOutcome::failed:
      if (!ledger_.failed(worker, run, how.failure, how.reason)) return;
      entry["attempt"] = how.attempt;
      entry["kind"] = to_string(how.failure);
      entry["reason"] = how.reason;
      journal_.write("failed", std::move(entry));
      const std::size_t failed = ledger_.failures().size();
      if (too_many_failures(settings_, failed, failed + ledger_.done_now()))
        stop(StopCause::failures, fmt::format("{} of {} runs failed", failed, failed + ledger_.done_now()));
      return;
  }
}

void Dispatcher::returned(int worker, std::size_t run) {
  if (ledger_.returned(worker, run)) journal_.write("returned", {{"worker", worker}, {"run", run}});
}

void Dispatcher::lost(int worker, double silent_seconds) {
  const auto returned = ledger_.lost(worker);
  course_.notes.push_back(fmt::format(
      "worker {} has not answered for {:.0f} s and was given up; its run is left", worker, silent_seconds));
  journal_.write("lost", {{"worker", worker}, {"silent_s", silent_seconds}});
  for (const auto run : returned)
    journal_.write("returned", {{"worker", worker}, {"run", run}});
}

void Dispatcher::back(int worker) {
  course_.notes.push_back(fmt::format("worker {} answers again", worker));
  journal_.write("back", {{"worker", worker}});
}

void Dispatcher::broken(int worker, std::size_t run, const std::string& reason) {
  journal_.write("broken", {{"worker", worker}, {"run", run}, {"reason", reason}});
  if (ledger_.interrupted(worker, run))
    journal_.write("interrupted", {{"worker", worker}, {"run", run}, {"seconds", 0}, {"saved", false}});
  for (const auto other : ledger_.give_back(worker))
    journal_.write("returned", {{"worker", worker}, {"run", other}});
  stop(StopCause::broken, reason);
}

}  // namespace bondscope::tdse
