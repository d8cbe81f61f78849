#include "libtdse/farm/generate.hpp"

#include <algorithm>
#include <limits>
#include <numeric>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "libpmd/base/clock.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/process/build_info.hpp"
#include "libtdse/farm/journal.hpp"
#include "libtdse/farm/machine_notes.hpp"
#include "libtdse/farm/prepare.hpp"
#include "libtdse/farm/progress.hpp"

namespace bondscope::tdse {
namespace {

/// The solver, stopped by a signal.
Solver interruptible(const Solver& solver, const SignalWatch& signals) {
  return [&, solver](const auto& parameters, const auto& monitor, const auto& checkpointing) {
    const RunMonitor both = [&](double fraction) {
      return monitor(fraction) && signals.request() == StopRequest::none;
    };
    return solver(parameters, both, checkpointing);
  };
}

/// Ranks that share each run, with the reason.
Teams teams_for(const Generation& generation, std::size_t to_do, int ranks,
                std::optional<double> longest_seconds) {
  const auto& settings = generation.options.settings;
  const int advised = generation.farm.preset.ranks_per_run;
  std::string wanted = generation.options.ranks_per_run;
  const bool from_preset = wanted.empty();
  if (from_preset) wanted = advised == 0 ? "auto" : std::to_string(advised);
  if (wanted == "auto") {
    std::optional<double> left;
    if (settings.wall_time.limit()) left = settings.wall_time.left();
    return choose_teams({.ranks = ranks,
                         .runs = to_do,
                         .bytes_per_run = generation.forecast.bytes_per_run,
                         .bytes_per_rank = memory_per_rank(ranks_on_this_machine(ranks)),
                         .longest_seconds = longest_seconds,
                         .seconds_left = left,
                         .can_be_continued = settings.order.checkpoint_interval > 0});
  }
  return {ranks, std::min(std::stoi(wanted), std::max(1, ranks - 1)),
          from_preset ? "as the preset advises" : "as asked for"};
}

struct Counts {
  std::size_t runs = 0, done = 0, failed = 0, to_do = 0;
};

Counts count(const std::vector<CommitRecord>& commits, std::size_t to_do) {
  const auto in = [&](RunState state) {
    return static_cast<std::size_t>(std::ranges::count(commits, state, &CommitRecord::state));
  };
  return {commits.size(), in(RunState::done), in(RunState::failed), to_do};
}

std::string beginning(const GenerateOptions& options, bool continued, const Counts& counts) {
  std::string what;
  if (options.retry_failed)
    what = " that failed before";
  else if (counts.failed > 0)
    what = fmt::format(", {} failed earlier (pmd_store failures lists them, --retry-failed tries again)",
                       counts.failed);
  return fmt::format("{} {}: {} of {} runs are done, {} to do{}", continued ? "continuing" : "created",
                     options.store.string(), counts.done, counts.runs, counts.to_do, what);
}

Journal begin_journal(const Generation& generation, const Counts& counts, const Teams& teams) {
  const auto& [options, farm, description, forecast] = generation;
  Journal journal;
  if (!options.log.empty()) journal = Journal(options.log);
  const auto limit = options.settings.wall_time.limit();
  journal.write("farm_begin", {{"store", options.store.string()},
                               {"dataset", description.dataset},
                               {"preset", description.preset},
                               {"part", description.part},
                               {"runs", counts.runs},
                               {"done", counts.done},
                               {"to_do", counts.to_do},
                               {"workers", teams.workers()},
                               {"ranks_per_run", teams.ranks_per_run},
                               {"threads", options.settings.order.threads},
                               {"code_version", code_version()},
                               {"machine", machine()},
                               {"time_limit_s", limit ? nlohmann::json(*limit) : nlohmann::json()}});
  return journal;
}

}  // namespace

Generation Generation::load(const FarmSources& sources, const GenerateOptions& options) {
  auto farm = FarmConfiguration::load(sources);
  auto description = farm.describe();
  auto forecast = farm.forecast(description.runs);
  Generation generation{options, std::move(farm), std::move(description), std::move(forecast)};
  // Runs by the textbook method are not saved on the way: nobody shall count on that.
  if (generation.farm.preset.transforms == Transforms::fftw)
    generation.options.settings.order.checkpoint_interval = 0;
  return generation;
}

Generated generate(const Generation& generation, Workers& workers, const SignalWatch& signals,
                   Afterwards afterwards, const GenerateListener& listener) {
  const auto& [options, farm, description, forecast] = generation;
  const auto keep_going = [&] { return signals.request() == StopRequest::none; };
  // A dead node's lock may outlive it for as long as a file server likes.
  constexpr double certainly_dead = 600;
  const LockWait wait{
      .certain = certainly_dead,
      .has_ended = [&](const LockHolder& holder) { return generation.options.jobs.has_ended(holder); },
      .keep_waiting = keep_going,
      .say = [&](const std::string& text) { listener.line("note: " + text); }};
  const auto store =
      prepare_store(options.store, description,
                    {.grow = options.grow, .repair = options.repair, .keep_going = keep_going, .lock = wait});
  const auto to_do = runs_to_do(store.commits, forecast.costs, store.begun,
                                options.retry_failed ? Selection::failed : Selection::pending);
  const auto counts = count(store.commits, to_do.size());
  listener.line(beginning(options, store.continued, counts));
  for (const auto& note : store.notes)
    listener.line("note: " + note);

  Ledger ledger(
      {counts.runs, counts.done, options.retry_failed ? counts.failed - counts.to_do : counts.failed}, to_do);
  for (const auto& [run, seconds] : store.timed)
    ledger.earlier_pace().learn(forecast.costs[run], seconds);
  std::optional<double> longest;
  if (!to_do.empty()) longest = ledger.pace().cautious_seconds(to_do.front().cost);
  const auto teams = teams_for(generation, to_do.size(), workers.ranks(), longest);
  auto settings = options.settings;
  settings.order.store = options.store.string();
  settings.order.ranks_per_run = teams.ranks_per_run;
  const double interval = settings.order.checkpoint_interval;
  constexpr double any_time = std::numeric_limits<double>::infinity();
  // While nothing is known of their length, hours of saved work are worth minutes of a long job, and of no
  // short one.
  const bool may_be_saved =
      longest ? *longest > interval : settings.wall_time.limit().value_or(any_time) > 10 * interval;
  if (interval > 0 && may_be_saved) {
    const auto at_a_time = std::min<std::size_t>(to_do.size(), static_cast<std::size_t>(teams.workers()));
    settings.bytes_to_save = at_a_time * forecast.bytes_per_run;
    settings.wall_time.keep(saving_seconds(settings.bytes_to_save));
  }
  settings.keeps_store = [&] { return !store.lock.lost(); };
  Journal journal;
  if (!to_do.empty()) {
    auto facts = look_at_machine(workers.ranks(), ranks_on_this_machine(workers.ranks()),
                                 workers.processors_here(), options.store.string());
    facts.threads = settings.order.threads;
    facts.store_bytes = store_bytes(description);
    facts.node_writers = settings.order.node_writers;
    for (const auto& note : machine_notes(facts))
      listener.line("note: " + note);
    listener.line("grouping: " + describe(teams, settings.order.threads));
    journal = begin_journal(generation, counts, teams);
  }
  const auto report = [&](const Ledger& books) { listener.progress(books); };
  return {run_farm(workers, store.facts, std::move(ledger), settings, journal, tdse_solver, signals, report,
                   afterwards),
          to_do.size()};
}

std::optional<Calibration> calibrate(const Solver& solver, const std::vector<RunParameters>& runs,
                                     const std::vector<double>& costs, double budget) {
  if (runs.empty() || costs.size() != runs.size()) return {};
  std::vector<std::size_t> order(runs.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto middle = order.begin() + static_cast<std::ptrdiff_t>(order.size() / 2);
  std::nth_element(order.begin(), middle, order.end(), [&](auto a, auto b) { return costs[a] < costs[b]; });
  const std::size_t run = *middle;

  const auto begin = Clock::now();
  double first_seconds = 0, first_fraction = 0, seconds = 0, fraction = 0;
  const RunMonitor monitor = [&](double f) {
    seconds = seconds_since(begin);
    fraction = f;
    if (first_fraction == 0) {
      first_seconds = seconds;
      first_fraction = f;
    }
    return seconds < first_seconds + budget;
  };
  try {
    solver(runs[run], monitor, {});
    seconds = seconds_since(begin);
    fraction = 1;
  } catch (const Interrupted&) {
    // The budget is spent.
  }
  // The start state's time lies before the first report and is not paid again.
  if (fraction <= first_fraction) return {};
  const double run_seconds =
      first_seconds + (seconds - first_seconds) * (1 - first_fraction) / (fraction - first_fraction);
  const double total_cost = std::accumulate(costs.begin(), costs.end(), 0.0);
  return Calibration{run, fraction, run_seconds, run_seconds * total_cost / costs[run]};
}

CostEstimate estimate_cost(const Generation& generation, int ranks, const SignalWatch& signals) {
  const auto& [options, farm, description, forecast] = generation;
  const auto& costs = forecast.costs;
  CostEstimate estimate;
  estimate.time =
      calibrate(interruptible(tdse_solver(description.configuration), signals), description.runs, costs);
  if (signals.request() != StopRequest::none) throw Interrupted("stopped; nothing was made");
  std::optional<double> longest;
  if (estimate.time)
    longest = estimate.time->run_seconds * *std::ranges::max_element(costs) / costs[estimate.time->run];
  estimate.teams = teams_for(generation, description.runs.size(), ranks, longest);
  if (!longest) return estimate;
  estimate.longest_seconds = *longest;
  estimate.wall_seconds = estimate.time->total_seconds / std::max(1, ranks - 1);
  const auto interval = options.settings.order.checkpoint_interval;
  const bool continued = interval > 0 && *longest > interval;
  if (const auto limit = options.settings.wall_time.limit())
    estimate.longest_fits = *longest <= *limit || continued;
  return estimate;
}

}  // namespace bondscope::tdse
