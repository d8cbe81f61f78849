// Computes a data set of photoelectron momentum distributions on all ranks of an MPI job.

#include <algorithm>
#include <chrono>
#include <cmath>
#include <iostream>
#include <optional>

#include <fmt/format.h>
#include <mpi.h>
#include <nlohmann/json.hpp>

#include "apps/farm_options.hpp"
#include "apps/shared/program.hpp"
#include "apps/shared/progress.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/files/disk.hpp"
#include "libpmd/base/process/build_info.hpp"
#include "libpmd/base/text/duration.hpp"
#include "libpmd/base/text/number.hpp"
#include "libtdse/farm/calibrate.hpp"
#include "libtdse/farm/configuration.hpp"
#include "libtdse/farm/farm.hpp"
#include "libtdse/farm/journal.hpp"
#include "libtdse/farm/mpi_session.hpp"
#include "libtdse/farm/prepare.hpp"
#include "libtdse/farm/progress.hpp"
#include "libtdse/farm/runs_to_do.hpp"
#include "libtdse/farm/teams.hpp"
#include "libtdse/farm/worker.hpp"

using namespace bondscope;

namespace {

/// The solver, stopped by a signal.
tdse::Solver interruptible(const tdse::Solver& solver, const SignalWatch& signals) {
  return [&, solver](const auto& parameters, const auto& monitor, const auto& checkpointing) {
    const tdse::RunMonitor both = [&](double fraction) {
      return monitor(fraction) && signals.request() == StopRequest::none;
    };
    return solver(parameters, both, checkpointing);
  };
}

/// There must be as many ranks to solve.
void check_ranks_per_run(const std::string& wanted, int ranks) {
  if (wanted.empty() || wanted == "auto") return;
  const int computing = std::max(1, ranks - 1);
  if (std::stoi(wanted) > computing)
    throw WrongCommandLine(
        fmt::format("--ranks-per-run {}: only {} rank{} can solve (rank 0 of several hands out runs)", wanted,
                    computing, computing == 1 ? "" : "s"));
}

/// Ranks that share each run, with the reason.
tdse::Teams teams_for(const FarmOptions& options, const tdse::FarmConfiguration& farm,
                      const tdse::Forecast& forecast, std::size_t to_do, int ranks,
                      std::optional<double> longest_seconds) {
  const auto& settings = options.settings;
  std::string wanted = options.ranks_per_run;
  const bool from_preset = wanted.empty();
  if (from_preset)
    wanted = farm.preset.ranks_per_run == 0 ? "auto" : std::to_string(farm.preset.ranks_per_run);
  if (wanted == "auto") {
    std::optional<double> left;
    if (settings.wall_time.limit()) left = settings.wall_time.left();
    return tdse::choose_teams({.ranks = ranks,
                               .runs = to_do,
                               .bytes_per_run = forecast.bytes_per_run,
                               .bytes_per_rank = tdse::memory_per_rank(tdse::ranks_on_this_machine(ranks)),
                               .longest_seconds = longest_seconds,
                               .seconds_left = left,
                               .can_be_continued = settings.order.checkpoint_interval > 0});
  }
  const int computing = std::max(1, ranks - 1);
  return {ranks, std::min(std::stoi(wanted), computing),
          from_preset ? "as the preset advises" : "as asked for"};
}

std::string describe(const tdse::Teams& teams, int threads) {
  const int workers = teams.workers(), idle = teams.idle();
  std::string text = std::to_string(workers) + " run" + (workers == 1 ? "" : "s") + " at a time, " +
                     std::to_string(teams.ranks_per_run) + " rank" + (teams.ranks_per_run == 1 ? "" : "s") +
                     " each";
  if (threads > 1) text += " of " + std::to_string(threads) + " threads";
  text += " (" + teams.reason + ")";
  if (idle > 0) text += "; " + std::to_string(idle) + " rank" + (idle == 1 ? " is" : "s are") + " left over";
  return text;
}

int dry_run(const FarmOptions& options, const tdse::FarmConfiguration& farm,
            const StoreDescription& description, const tdse::Forecast& forecast, int ranks,
            const SignalWatch& signals) {
  const auto bytes = store_bytes(description);
  auto folder = std::filesystem::absolute(folder_of(options.store));
  while (options.of_list && !std::filesystem::exists(folder))  // it would be made
    folder = folder.parent_path();
  std::cout << "runs:        " << description.runs.size()
            << (description.part.empty() ? "" : " (part " + description.part + " of the data set)") << '\n'
            << "store:       " << options.store.string()
            << (std::filesystem::exists(options.store) ? " (exists; would be continued if it fits)" : "")
            << '\n'
            << "store size:  " << format_bytes(bytes) << ", " << description.kx.size() << " x "
            << description.ky.size() << " momenta per run\n"
            << "disk space:  " << format_bytes(free_bytes(folder)) << " free\n"
            << "memory:      about " << format_bytes(forecast.bytes_per_run) << " for the largest run"
            << std::endl;
  const auto& costs = forecast.costs;
  const auto time = tdse::calibrate(interruptible(tdse::tdse_solver(description.configuration), signals),
                                    description.runs, costs);
  if (signals.request() != StopRequest::none) return exit_code::interrupted;
  const double dearest = *std::max_element(costs.begin(), costs.end());
  std::optional<double> longest;
  if (time) longest = time->run_seconds * dearest / costs[time->run];
  const auto teams = teams_for(options, farm, forecast, description.runs.size(), ranks, longest);
  std::cout << "grouping:    " << describe(teams, options.settings.order.threads) << '\n';
  if (!time) {
    std::cout << "time:        unknown\n";
    return exit_code::success;
  }
  const int solving = std::max(1, ranks - 1);
  const double wall = time->total_seconds / solving;
  std::cout << "time:        about " << format_duration(time->run_seconds) << " per run (from "
            << (time->fraction < 1 ? "the first steps of run " : "run ") << time->run << "), "
            << format_duration(*longest) << " for the longest\n"
            << "             about " << format_number(std::ceil(time->total_seconds / 36) / 100)
            << " core-hours in all\n"
            << "             about " << format_duration(wall) << " with " << solving << " solving rank"
            << (solving == 1 ? "" : "s") << ", if each has a core of its own and is as fast as here\n";
  if (const auto limit = options.settings.wall_time.limit()) {
    std::cout << "time limit:  " << format_duration(*limit) << ", so about "
              << std::ceil(wall / (0.95 * *limit)) << " job(s) one after the other\n";
    const bool continued = options.settings.order.checkpoint_interval > 0 &&
                           *longest > options.settings.order.checkpoint_interval;
    if (*longest > *limit && !continued)
      std::cout << "note:        the longest run does not fit into the time limit; raise it, take "
                   "--ranks-per-run, or let it be saved (--checkpoint-interval)\n";
  }
  return exit_code::success;
}

void print_summary(const tdse::FarmResult& result) {
  constexpr std::size_t most_notes = 20;
  for (std::size_t i = 0; i < std::min(most_notes, result.notes.size()); ++i)
    std::cout << "note: " << result.notes[i] << '\n';
  if (result.notes.size() > most_notes)
    std::cout << "note: and " << result.notes.size() - most_notes << " more of the kind\n";
  for (const auto& failure : result.failures)
    std::cout << "failed: run " << failure.run << ": " << failure.reason << '\n';
  const auto& s = result.status;
  std::cout << "summary: " << result.done_now << " runs done, " << s.failed << " failed, in "
            << format_duration(s.seconds);
  if (result.done_now > 0) {
    std::cout << "; " << format_duration(result.run_seconds / static_cast<double>(result.done_now))
              << " per run and rank, " << format_number(std::round(s.rate * 1e4) / 1e4) << " runs/s";
  }
  std::cout << "; " << s.done << " of " << s.runs << " runs are in the store" << std::endl;
}

/// Why a farm that ran into its time limit would do so for ever; empty if it would not.
std::string hopeless(const tdse::FarmResult& result, const tdse::WallTime& limit) {
  if (result.done_now > 0 || !result.failures.empty() || result.anything_saved || result.unfinished == 0)
    return {};
  if (result.lost_workers && !result.anything_started)
    return "no worker answered in time; is the file system too slow for --worker-timeout?";
  if (result.cause != tdse::StopCause::time_limit) return {};
  return "no run could be finished, or come far enough to be saved, within the time limit of " +
         format_duration(*limit.limit()) +
         "; raise the limit, share runs among more ranks (--ranks-per-run), or let them be saved "
         "(--checkpoint-interval)";
}

struct SetEnd {
  int code = exit_code::success;
  bool anything_done = false;
  bool ranks_left = false;  ///< they would keep MPI from ending
};

/// `done_before`: this program has got runs done in other data sets.
SetEnd generate(FarmOptions options, const tdse::FarmConfiguration& farm, const StoreDescription& description,
                const tdse::Forecast& forecast, tdse::Workers& workers, const SignalWatch& signals,
                tdse::Afterwards afterwards, bool done_before) {
  const auto keep_going = [&] { return signals.request() == StopRequest::none; };
  const auto store = tdse::prepare_store(
      options.store, description, {.grow = options.grow, .repair = options.repair, .keep_going = keep_going});
  const auto& costs = forecast.costs;
  const auto count = [&](RunState state) {
    return static_cast<std::size_t>(
        std::count_if(store.commits.begin(), store.commits.end(),
                      [&](const CommitRecord& commit) { return commit.state == state; }));
  };
  const auto selection = options.retry_failed ? tdse::Selection::failed : tdse::Selection::pending;
  const auto to_do = tdse::runs_to_do(store.commits, costs, store.begun, selection);
  const std::size_t done = count(RunState::done), failed = count(RunState::failed);
  std::cout << (store.continued ? "continuing " : "created ") << options.store.string() << ": " << done
            << " of " << store.commits.size() << " runs are done, " << to_do.size() << " to do";
  if (options.retry_failed)
    std::cout << " that failed before";
  else if (failed > 0)
    std::cout << ", " << failed
              << " failed earlier (pmd_store failures lists them, --retry-failed tries again)";
  std::cout << std::endl;
  for (const auto& note : store.notes)
    std::cout << "note: " << note << std::endl;

  tdse::Ledger ledger({store.commits.size(), done, options.retry_failed ? failed - to_do.size() : failed},
                      to_do);
  for (const auto& [run, seconds] : store.timed)
    ledger.earlier_pace().learn(costs[run], seconds);
  auto& settings = options.settings;
  std::optional<double> longest;
  if (!to_do.empty()) longest = ledger.pace().cautious_seconds(to_do.front().cost);
  const auto teams = teams_for(options, farm, forecast, to_do.size(), workers.ranks(), longest);
  settings.order.ranks_per_run = teams.ranks_per_run;
  tdse::Journal journal;
  if (!to_do.empty()) {
    std::cout << "grouping: " << describe(teams, settings.order.threads) << std::endl;
    if (!options.log.empty()) journal = tdse::Journal(options.log);
    nlohmann::json begin{{"store", options.store.string()},
                         {"dataset", description.dataset},
                         {"preset", description.preset},
                         {"part", description.part},
                         {"runs", store.commits.size()},
                         {"done", done},
                         {"to_do", to_do.size()},
                         {"workers", teams.workers()},
                         {"ranks_per_run", teams.ranks_per_run},
                         {"threads", settings.order.threads},
                         {"code_version", code_version()},
                         {"machine", machine()},
                         {"time_limit_s", nullptr}};
    if (settings.wall_time.limit()) begin["time_limit_s"] = *settings.wall_time.limit();
    journal.write("farm_begin", std::move(begin));
  }

  Progress progress({}, {}, std::chrono::seconds(10));
  const auto report = [&](const tdse::Ledger& books) {
    progress.show([&] { return tdse::progress_line(books.status()); });
  };
  const auto result = tdse::run_farm(workers, std::move(ledger), settings, journal, tdse::tdse_solver,
                                     signals, report, afterwards);
  if (!to_do.empty()) {
    progress.finish(tdse::progress_line(result.status));
    print_summary(result);
  }
  int code = exit_code::success;
  if (result.cause == tdse::StopCause::broken) {
    std::cerr << "error: " << result.reason
              << " (what was done is safe in the store; the same command continues)" << std::endl;
    code = exit_code::failure;
  } else if (result.cause == tdse::StopCause::failures) {
    std::cerr << "error: stopped early because " << result.reason << "; e.g. run "
              << result.failures.back().run << ": " << result.failures.back().reason << std::endl;
    code = exit_code::incomplete;
  } else if (const auto why = done_before ? "" : hopeless(result, settings.wall_time); !why.empty()) {
    std::cerr << "error: " << why << std::endl;
    code = exit_code::failure;
  } else if (result.unfinished > 0) {
    std::cout << "stopped with " << result.unfinished << " runs to do ("
              << (result.reason.empty() ? "workers were given up" : result.reason)
              << "); the same command continues where this ended" << std::endl;
    code = exit_code::interrupted;
  } else if (result.status.failed > 0) {
    code = exit_code::incomplete;
  }
  return {code, result.done_now > 0, result.ranks_left};
}

/// A data set to be computed into a store of its own.
struct Task {
  FarmOptions options;
  tdse::FarmConfiguration farm;
  StoreDescription description;
  tdse::Forecast forecast;
};

/// Whatever is wrong with the configuration of one of several data sets shows before the first is begun.
std::vector<Task> load_sets(const FarmOptions& options) {
  std::vector<Task> tasks;
  auto sets = options_of_sets(options);
  for (auto& one : sets) {
    try {
      auto farm = tdse::FarmConfiguration::load(one.sources);
      auto description = farm.describe();
      auto forecast = farm.forecast(description.runs);
      tasks.push_back({std::move(one), std::move(farm), std::move(description), std::move(forecast)});
    } catch (const ConfigError& e) {
      if (sets.size() == 1) throw;
      throw ConfigError("data set " + one.sources.dataset + ": " + e.what());
    }
  }
  return tasks;
}

int run_sets(const std::vector<Task>& tasks, tdse::Workers& workers, const SignalWatch& signals) {
  int code = exit_code::success;
  bool done_before = false;
  if (tasks.front().options.of_list && !tasks.front().options.dry_run)
    std::filesystem::create_directories(tasks.front().options.store.parent_path());
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    const auto& [options, farm, description, forecast] = tasks[i];
    if (options.of_list)
      std::cout << (i > 0 ? "\n" : "") << "== data set " << description.dataset << " (" << i + 1 << " of "
                << tasks.size() << ")\n";
    std::cout << "# resolved configuration\n"
              << description.configuration << "# end of configuration" << std::endl;
    if (options.dry_run) {
      code = dry_run(options, farm, description, forecast, workers.ranks(), signals);
      if (code != exit_code::success) return code;
      continue;
    }
    const bool last = i + 1 == tasks.size();
    const auto end = generate(options, farm, description, forecast, workers, signals,
                              last ? tdse::Afterwards::dismiss : tdse::Afterwards::stay, done_before);
    done_before = done_before || end.anything_done;
    // What is left to do counts more than what failed.
    if (end.code == exit_code::interrupted || code == exit_code::success) code = end.code;
    const bool over = last || workers.dismissed();
    if (over && !last && end.code == exit_code::success) {
      std::cout << "stopped after this data set, since workers were given up; the same command continues"
                << std::endl;
      code = exit_code::interrupted;
    }
    if (end.ranks_left) {
      std::cout << std::flush;
      MPI_Abort(MPI_COMM_WORLD, code);
    }
    if (over) return code;
  }
  return code;
}

int run_master(const Arguments& arguments, const tdse::MpiSession& mpi, tdse::Mailbox& mailbox,
               const SignalWatch& signals) {
  tdse::Workers workers(mailbox);
  return report_errors("tdse_farm", [&]() -> int {
    const auto options = parse_farm_options(arguments);
    if (!options) return exit_code::success;
    check_ranks_per_run(options->ranks_per_run, mailbox.size());
    if (options->threads_wanted() && !mpi.threads_allowed())
      throw ConfigError("--threads: this MPI library does not allow threads; expected 1");
    return run_sets(load_sets(*options), workers, signals);
  });
}

}  // namespace

int main(int argc, char** argv) {
  const SignalWatch signals;
  const tdse::MpiSession mpi(argc, argv);
  tdse::Mailbox mailbox(MPI_COMM_WORLD);
  if (mpi.rank() == 0) return run_master({argv + 1, argv + argc}, mpi, mailbox, signals);
  // Only rank 0 speaks, and its exit code is the farm's.
  try {
    tdse::serve(mailbox, tdse::tdse_solver, signals);
  } catch (const std::exception& e) {
    std::cerr << "error: " << e.what() << " (rank " << mpi.rank() << ")" << std::endl;
    MPI_Abort(MPI_COMM_WORLD, exit_code::failure);
  }
  return exit_code::success;
}
