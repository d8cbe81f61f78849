#include "libtdse/farm/dispatcher.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

namespace bondscope::tdse {

void Dispatcher::watch() {
  request(signals_.request());
  if (!abandoning_ && !settings_.keeps_store()) {
    stop(StopCause::broken, "another farm has taken the store over: this one gave no sign of life for long");
    abandon();
  }
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
  const double usual = 60 + saving_seconds(settings_.bytes_to_save);
  // The rest of what is kept is for what follows.
  const double share = settings_.bytes_to_save > 0 ? 0.8 : 0.5;
  const double patience =
      course_.cause == StopCause::time_limit ? std::min(usual, share * settings_.wall_time.reserve()) : usual;
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

std::optional<Assignment> Dispatcher::next(int worker) {
  if (settings_.wall_time.left() == 0) return {};
  Ledger::Choice choice;
  if (!tried_by_.empty()) choice = [&](const RunToDo& run) { return !better_elsewhere(worker, run.run); };
  const auto may = fit(worker);
  std::optional<RunToDo> run;
  if (anything_kept_) {
    // Each node goes on with what it has saved itself; only then are others' runs begun anew.
    const auto& own = colleagues_[worker].saved;
    run = ledger_.assign(worker, may,
                         [&](const RunToDo& r) { return own.contains(r.run) && (!choice || choice(r)); });
    if (!run)
      run = ledger_.assign(worker, may, [&](const RunToDo& r) {
        return !is_kept_elsewhere(worker, r.run) && (!choice || choice(r));
      });
  }
  if (!run) run = ledger_.assign(worker, may, choice);
  if (!run) return {};
  course_.anything_started = true;
  journal_.write("assign",
                 {{"worker", worker}, {"run", run->run}, {"attempt", run->attempt}, {"cost", run->cost}});
  // Two bad workers may have come first, before the good ones had started.
  constexpr std::size_t enough_tries = 3;
  const auto found = tried_by_.find(run->run);
  auto out = found == tried_by_.end() ? std::set<int>{} : found->second;
  const std::size_t tried = out.size();
  // Those who might still try it: healthy, or still starting.
  out.insert(worker);
  for (const auto& [number, colleague] : colleagues_)
    if (!colleague.live) out.insert(number);
  return Assignment{
      .run = run->run,
      .attempt = run->attempt,
      .deaths = run->begun,
      .last_try = tried + 1 >= enough_tries || out.size() >= static_cast<std::size_t>(expected_),
      .saved = tried > 0};  // the other may have saved it
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

void Dispatcher::ready(int worker, const std::string& host, const std::vector<int>& ranks,
                       const std::set<std::size_t>& saved) {
  auto& colleague = colleagues_[worker];
  colleague.host = host;
  colleague.ranks = ranks;
  colleague.saved = saved;
  anything_kept_ = anything_kept_ || !saved.empty();
  colleague.live = !colleague.benched;
  journal_.write("ready", {{"worker", worker}, {"host", host}, {"ranks", ranks}});
}

void Dispatcher::ended(int worker, std::size_t run, const ExecutedRun& how) {
  if (!how.note.empty()) course_.notes.push_back(how.note);
  nlohmann::json entry{{"worker", worker}, {"run", run}, {"seconds", how.seconds}};
  course_.busy_seconds += how.seconds;
  if (how.outcome != RunOutcome::troubled) colleagues_[worker].troubles = 0;
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
    case RunOutcome::troubled:
      return troubled(worker, run, how);
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

void Dispatcher::troubled(int worker, std::size_t run, const ExecutedRun& how) {
  if (!ledger_.returned(worker, run)) return;
  if (tried_by_[run].empty()) ++course_.tried_elsewhere;
  tried_by_[run].insert(worker);
  journal_.write("troubled",
                 {{"worker", worker}, {"run", run}, {"seconds", how.seconds}, {"reason", how.reason}});
  constexpr int most_in_a_row = 3;
  if (++colleagues_[worker].troubles >= most_in_a_row) bench(worker, how.reason);
}

/// Whether a run that met with trouble should wait for another worker: one that is healthy, and on another
/// machine than those that have tried it.
bool Dispatcher::better_elsewhere(int worker, std::size_t run) const {
  const auto tried = tried_by_.find(run);
  if (tried == tried_by_.end()) return false;
  // Those who are still starting may be the better ones.
  if (tried->second.contains(worker) && colleagues_.size() < static_cast<std::size_t>(expected_)) return true;
  const auto fitness = [&](int number) {
    if (tried->second.contains(number)) return 0;
    const auto& colleague = colleagues_.at(number);
    const bool other_host = std::ranges::none_of(
        tried->second, [&](int by) { return colleagues_.at(by).host == colleague.host; });
    return 1 + (colleague.troubles == 0 ? 2 : 0) + (other_host ? 1 : 0);
  };
  return std::ranges::any_of(colleagues_, [&](const auto& entry) {
    return entry.second.live && fitness(entry.first) > fitness(worker);
  });
}

/// Whether another machine has a state of the run.
bool Dispatcher::is_kept_elsewhere(int worker, std::size_t run) const {
  const auto& host = colleagues_.at(worker).host;
  return std::ranges::any_of(colleagues_, [&](const auto& entry) {
    const auto& colleague = entry.second;
    return colleague.live && colleague.host != host && colleague.saved.contains(run);
  });
}

std::string Dispatcher::name_of(int worker) const {
  const auto found = colleagues_.find(worker);
  if (found == colleagues_.end() || found->second.host.empty()) return fmt::format("worker {}", worker);
  const auto& [host, ranks, saved, troubles, live, benched] = found->second;
  return fmt::format("worker {} ({} {} on {})", worker, ranks.size() == 1 ? "rank" : "ranks",
                     fmt::join(ranks, ", "), host);
}

bool Dispatcher::benched(int worker) const {
  const auto found = colleagues_.find(worker);
  return found != colleagues_.end() && found->second.benched;
}

/// What is wrong with one worker costs its runs some time; what is wrong with most of them is wrong with the
/// farm.
void Dispatcher::bench(int worker, const std::string& reason) {
  auto& colleague = colleagues_[worker];
  if (colleague.benched) return;
  colleague.live = false;
  colleague.benched = true;
  ++course_.benched;
  course_.notes.push_back(fmt::format("{} gets no more runs, others do them: {}", name_of(worker), reason));
  journal_.write(
      "benched",
      {{"worker", worker}, {"host", colleague.host}, {"ranks", colleague.ranks}, {"reason", reason}});
  if (2 * course_.benched > static_cast<std::size_t>(expected_))
    stop(StopCause::broken, expected_ == 1
                                ? reason
                                : fmt::format("{} of {} workers cannot go on, the last because: {}",
                                              course_.benched, expected_, reason));
}

void Dispatcher::lost(int worker, double silent_seconds) {
  colleagues_[worker].live = false;
  const auto returned = ledger_.lost(worker);
  course_.notes.push_back(fmt::format("{} has not answered for {:.0f} s and was given up; its run is left",
                                      name_of(worker), silent_seconds));
  journal_.write("lost", {{"worker", worker}, {"silent_s", silent_seconds}});
  for (const auto run : returned)
    journal_.write("returned", {{"worker", worker}, {"run", run}});
}

void Dispatcher::back(int worker) {
  colleagues_[worker].live = !colleagues_[worker].benched;
  course_.notes.push_back(fmt::format("{} answers again", name_of(worker)));
  journal_.write("back", {{"worker", worker}});
}

void Dispatcher::broken(int worker, std::size_t run, const std::string& reason, bool disk_full) {
  journal_.write("broken", {{"worker", worker}, {"run", run}, {"reason", reason}});
  // A run that no two workers can write is left alone: it must not break one after the other. A worker that
  // cannot even begin has none.
  bool had_it = true;
  if (!tried_by_.contains(run) && ledger_.returned(worker, run))
    journal_.write("returned", {{"worker", worker}, {"run", run}});
  else if (ledger_.interrupted(worker, run))
    journal_.write("interrupted", {{"worker", worker}, {"run", run}, {"seconds", 0}, {"saved", false}});
  else
    had_it = false;
  colleagues_[worker];
  if (had_it) tried_by_[run].insert(worker);
  for (const auto other : ledger_.give_back(worker))
    journal_.write("returned", {{"worker", worker}, {"run", other}});
  if (disk_full) stop(StopCause::broken, reason);
  bench(worker, reason);
}

}  // namespace bondscope::tdse
