// Computes a data set of photoelectron momentum distributions on all ranks of an MPI job.

#include <algorithm>
#include <cctype>
#include <chrono>
#include <cmath>
#include <iostream>
#include <limits>
#include <optional>

#include <boost/program_options.hpp>
#include <mpi.h>
#include <nlohmann/json.hpp>

#include "apps/command_line.hpp"
#include "apps/progress_printer.hpp"
#include "libtdse/base/build_info.hpp"
#include "libtdse/base/duration.hpp"
#include "libtdse/base/error.hpp"
#include "libtdse/farm/calibrate.hpp"
#include "libtdse/farm/configuration.hpp"
#include "libtdse/farm/grouping.hpp"
#include "libtdse/farm/journal.hpp"
#include "libtdse/farm/master.hpp"
#include "libtdse/farm/mpi_session.hpp"
#include "libtdse/farm/plan.hpp"
#include "libtdse/farm/prepare.hpp"
#include "libtdse/farm/progress.hpp"
#include "libtdse/farm/worker.hpp"
#include "libtdse/store/disk.hpp"

namespace {

namespace po = boost::program_options;

enum ExitCode {
  success = 0,
  error = 1,
  wrong_command_line = 2,
  finished_with_failures = 3,
  interrupted = 75
};

constexpr const char* help_text = R"(tdse_farm - computes a data set of photoelectron momentum distributions

  mpirun -n P tdse_farm --dataset FILE|NAME --preset FILE|NAME --store FILE.h5 [options]

Rank 0 hands out runs, the longest first, and the other P-1 ranks solve the Schroedinger equation for them.
Rank 0 costs next to no processor time, so on a machine with C cores take P = C + 1. With one rank
(no mpirun needed) it solves the runs itself.

)";

constexpr const char* help_end = R"(
Examples
  tdse_farm --dataset demo --preset quick --store demo.h5 --dry-run
      shows the configuration, the size of the store and an estimate of the time; creates nothing
  mpirun -n 3 --oversubscribe --bind-to none tdse_farm --dataset demo --preset quick --store demo.h5
      two solving ranks on a machine with two cores (as root add --allow-run-as-root)
  mpirun -n 65 tdse_farm --dataset base --preset production --store base.h5 --runs 500 --seed 7
  mpirun -n 65 tdse_farm --dataset base --preset paper --store paper.h5 --ranks-per-run 8 --time-limit 23:30:00
      eight runs at a time, eight ranks for each; in 23.5 hours what can be done or saved until then
  tdse_farm --dataset demo --preset quick --store a.part-3.h5 --part 3/8
      every eighth run from the third on; pmd_store merge joins the eight stores
  tdse_farm --dataset demo --preset quick --store a.h5 --set dataset.R=[2,3] --set preset.momentum.kx_max=2
  On a cluster with Slurm: sbatch jobs/generate.slurm --dataset base --preset production --store base.h5

Stopping and continuing
  The same command again continues: what is in the store stays, what is missing is computed. Runs that failed
  stay failed until --retry-failed is given, which computes them alone (pmd_store failures STORE lists them).
  A store made with another configuration is refused.
  SIGUSR1, SIGTERM or SIGINT: running runs are finished, no others started, exit code 75. A second signal (more
  than a second after the first) abandons running runs too; they are not counted as failed attempts.
  With a time limit (Slurm's own, or --time-limit) nothing is started that can neither be finished nor saved in
  the time left; shortly before the end running runs are abandoned, exit code 75.
  Runs that take longer than --checkpoint-interval are saved in STORE.run-N.checkpoint as often, and when they
  are abandoned; they continue with the same bits as if nothing had happened, also after a kill.
  Under mpirun send SIGUSR1 to mpirun (kill -USR1 PID), which passes it on. Open MPI answers SIGTERM and Ctrl-C
  itself: it kills all ranks one second later and ends with exit code 1 (its odls_base_sigkill_timeout delays
  the signal as well as the killing, and is no help). Then running runs are lost, and nothing else: whatever had
  been reported done is safe, even if all processes are killed at any moment.
  mpirun -q keeps mpirun from commenting on exit codes other than 0.

What a farm tells
  A line of progress on stderr; every assignment and its end as a line of JSON in STORE.log.jsonl (--log), from
  which pmd_store timeline draws all workers over time; pmd_store info STORE at any time, also while it runs.

Exit codes
  0 all runs done (of those that were to be tried)      1 an error, said on stderr      2 wrong command line
  3 all runs tried, or too many failed to go on; some failed (listed; --retry-failed tries them again)
  75 stopped early, can be continued
)";

struct Options {
  tdse::FarmSources sources;
  std::filesystem::path store;
  tdse::FarmSettings settings;
  std::string ranks_per_run;  ///< empty: as the preset advises
  std::filesystem::path log;  ///< empty: none
  bool dry_run = false, repair = false, retry_failed = false;

  bool threads_wanted() const { return settings.threads > 1; }
};

po::options_description options_description() {
  po::options_description known("Options");
  auto add = known.add_options();
  add("dataset", po::value<std::string>()->required()->value_name("FILE|NAME"),
      "what to compute: a file or one of configs/datasets");
  add("preset", po::value<std::string>()->required()->value_name("FILE|NAME"),
      "the numerics: a file or one of configs/presets");
  add("store", po::value<std::string>()->required()->value_name("FILE.h5"), "where the results go");
  add("runs", po::value<long long>()->value_name("N"),
      "another number of plain runs; of a list, its first N");
  add("seed", po::value<long long>()->value_name("S"), "another seed of the random parameters");
  add("set", po::value<std::vector<std::string>>()->composing()->value_name("KEY=VALUE"),
      "override: preset.KEY=VALUE or dataset.KEY=VALUE (may be repeated)");
  add("part", po::value<std::string>()->value_name("I/N"),
      "compute part I of N equal parts of the data set into a store of its own, e.g. in a job array");
  add("retry-failed", "compute the runs that failed before, and nothing else");
  add("repair", "compute runs again whose stored data do not match their checksum (see pmd_store verify)");
  add("time-limit", po::value<std::string>()->value_name("T"),
      "be done in time: seconds, or 30:00, 12:30:00, 2-04:00:00; without it Slurm is asked in a job; 'none': "
      "no limit");
  add("run-time-limit", po::value<std::string>()->value_name("T"),
      "a run that takes longer fails (no limit)");
  add("max-failures", po::value<long long>()->value_name("N"),
      "stop when more than N runs failed (when at least 10 failed, and a fifth of all that ended)");
  add("checkpoint-interval", po::value<double>()->value_name("SECONDS"),
      "runs expected to take longer are saved as often, beside the store, and go on where they were after an "
      "interruption (600; 0: never)");
  add("ranks-per-run", po::value<std::string>()->value_name("N|auto"),
      "ranks that share each run; auto chooses by memory, time and number of runs (as the preset says: "
      "mostly 1)");
  add("threads", po::value<long long>()->value_name("T"), "threads of each rank (1)");
  add("worker-timeout", po::value<double>()->value_name("SECONDS"),
      "give up a worker that was silent for so long in a run (1800; 0: never)");
  add("log", po::value<std::string>()->value_name("FILE|none"), "the journal (STORE.log.jsonl)");
  add("dry-run", "show what would be done and what it would cost");
  add("version", "what was built (alone)");
  add("help,h", "this text");
  return known;
}

double seconds_option(const po::variables_map& given, const char* name, double otherwise) {
  if (!given.count(name)) return otherwise;
  const double value = given[name].as<double>();
  if (!(value >= 0 && value < 1e9))
    throw Usage{std::string("--") + name + ": expected a number of seconds >= 0"};
  return value;
}

long long integer_option(const po::variables_map& given, const char* name, long long least, long long most,
                         long long otherwise) {
  if (!given.count(name)) return otherwise;
  const auto value = given[name].as<long long>();
  if (value < least || value > most)
    throw Usage{std::string("--") + name + " " + std::to_string(value) + ": expected a number from " +
                std::to_string(least) + " to " + std::to_string(most)};
  return value;
}

double duration_option(const po::variables_map& given, const char* name) {
  try {
    return tdse::read_duration(std::string("--") + name, given[name].as<std::string>());
  } catch (const tdse::ConfigError& e) {
    throw Usage{e.what()};
  }
}

tdse::WallTime wall_time(const po::variables_map& given) {
  if (!given.count("time-limit")) {
    const auto left = tdse::slurm_seconds_left();
    return left ? tdse::WallTime(*left) : tdse::WallTime();
  }
  if (given["time-limit"].as<std::string>() == "none") return {};
  return tdse::WallTime(duration_option(given, "time-limit"));
}

/// Empty if help was wanted.
std::optional<Options> parse(int argc, char** argv) {
  const auto known = options_description();
  Options options;
  const auto given = read_command_line(argc, argv, known);
  if (given.count("help")) return {};
  options.sources.dataset = given["dataset"].as<std::string>();
  options.sources.preset = given["preset"].as<std::string>();
  options.store = given["store"].as<std::string>();
  constexpr auto largest = std::numeric_limits<long long>::max();
  if (given.count("runs"))
    options.sources.runs = static_cast<std::size_t>(integer_option(given, "runs", 1, largest, 1));
  if (given.count("seed"))
    options.sources.seed = static_cast<std::uint64_t>(integer_option(given, "seed", 0, largest, 0));
  if (given.count("set")) options.sources.set = given["set"].as<std::vector<std::string>>();
  try {
    if (given.count("part")) options.sources.share = tdse::Share::parse(given["part"].as<std::string>());
  } catch (const tdse::ConfigError& e) {
    throw Usage{std::string("--") + e.what()};
  }
  auto& settings = options.settings;
  settings.checkpoint_interval = seconds_option(given, "checkpoint-interval", settings.checkpoint_interval);
  settings.worker_timeout = seconds_option(given, "worker-timeout", settings.worker_timeout);
  constexpr double shortest_timeout = 10;
  if (settings.worker_timeout > 0 && settings.worker_timeout < shortest_timeout)
    throw Usage{"--worker-timeout: expected 0 or at least 10 seconds"};
  settings.wall_time = wall_time(given);
  if (given.count("run-time-limit")) settings.run_time_limit = duration_option(given, "run-time-limit");
  if (given.count("max-failures"))
    settings.max_failures = static_cast<std::size_t>(integer_option(given, "max-failures", 0, largest, 0));
  settings.threads = static_cast<int>(integer_option(given, "threads", 1, 1024, 1));
  if (given.count("ranks-per-run")) options.ranks_per_run = given["ranks-per-run"].as<std::string>();
  options.log = given.count("log") ? std::filesystem::path(given["log"].as<std::string>())
                                   : tdse::journal_file(options.store);
  if (options.log == "none") options.log.clear();
  options.dry_run = given.count("dry-run") > 0;
  options.repair = given.count("repair") > 0;
  options.retry_failed = given.count("retry-failed") > 0;
  if (options.repair && options.retry_failed)
    throw Usage{"--repair and --retry-failed: one after the other, please"};
  return options;
}

/// The solver, stopped by a signal.
tdse::Solver interruptible(const tdse::Solver& solver, const tdse::SignalWatch& signals) {
  return [&, solver](const auto& parameters, const auto& monitor, const auto& checkpointing) {
    const tdse::RunMonitor both = [&](double fraction) {
      return monitor(fraction) && signals.request() == tdse::StopRequest::none;
    };
    return solver(parameters, both, checkpointing);
  };
}

void check_ranks_per_run(const std::string& wanted, int ranks) {
  if (wanted.empty() || wanted == "auto") return;
  constexpr std::size_t most_digits = 6;
  const bool positive =
      wanted.size() <= most_digits && wanted.front() != '0' &&
      std::all_of(wanted.begin(), wanted.end(), [](unsigned char c) { return std::isdigit(c); });
  if (!positive) throw Usage{"--ranks-per-run " + wanted + ": expected a positive number or auto"};
  const int computing = std::max(1, ranks - 1);
  if (std::stoi(wanted) > computing)
    throw Usage{"--ranks-per-run " + wanted + ": only " + std::to_string(computing) + " rank" +
                (computing == 1 ? "" : "s") + " can solve (rank 0 of several hands out runs)"};
}

/// Ranks that share each run, with the reason.
tdse::Grouping grouping(const Options& options, const tdse::FarmConfiguration& farm,
                        const tdse::StoreDescription& description, std::size_t to_do, int ranks,
                        std::optional<double> longest_seconds) {
  const int computing = std::max(1, ranks - 1);
  std::string wanted = options.ranks_per_run;
  const bool from_preset = wanted.empty();
  if (from_preset)
    wanted = farm.preset.ranks_per_run == 0 ? "auto" : std::to_string(farm.preset.ranks_per_run);
  if (wanted == "auto") {
    const auto limit = options.settings.wall_time.limit();
    return tdse::choose_grouping({.ranks = computing,
                                  .runs = to_do,
                                  .bytes_per_run = farm.bytes_per_run(description.runs),
                                  .bytes_per_rank = tdse::memory_per_rank(tdse::ranks_on_this_machine(ranks)),
                                  .longest_seconds = longest_seconds,
                                  .seconds_left = limit,
                                  .can_be_continued = options.settings.checkpoint_interval > 0});
  }
  return {std::min(std::stoi(wanted), computing), from_preset ? "as the preset advises" : "as asked for"};
}

std::string describe(const tdse::Grouping& grouping, int ranks, int threads) {
  const tdse::Teams teams{ranks, grouping.ranks_per_run};
  const int workers = ranks == 1 ? 1 : teams.workers();
  std::string text = std::to_string(workers) + " run" + (workers == 1 ? "" : "s") + " at a time, " +
                     std::to_string(grouping.ranks_per_run) + " rank" +
                     (grouping.ranks_per_run == 1 ? "" : "s") + " each";
  if (threads > 1) text += " of " + std::to_string(threads) + " threads";
  text += " (" + grouping.reason + ")";
  if (teams.idle() > 0 && ranks > 1)
    text +=
        "; " + std::to_string(teams.idle()) + " rank" + (teams.idle() == 1 ? " is" : "s are") + " left over";
  return text;
}

int dry_run(const Options& options, const tdse::FarmConfiguration& farm,
            const tdse::StoreDescription& description, int ranks, const tdse::SignalWatch& signals) {
  const auto bytes = tdse::store_bytes(description.runs.size(), description.kx.size(), description.ky.size());
  const auto folder = tdse::folder_of(options.store);
  std::cout << "runs:        " << description.runs.size()
            << (description.part.empty() ? "" : " (part " + description.part + " of the data set)") << '\n'
            << "store:       " << options.store.string()
            << (std::filesystem::exists(options.store) ? " (exists; would be continued if it fits)" : "")
            << '\n'
            << "store size:  " << tdse::format_bytes(bytes) << ", " << description.kx.size() << " x "
            << description.ky.size() << " momenta per run\n"
            << "disk space:  " << tdse::format_bytes(tdse::free_bytes(folder)) << " free\n"
            << "memory:      about " << tdse::format_bytes(farm.bytes_per_run(description.runs))
            << " for the largest run" << std::endl;
  const auto costs = farm.costs(description.runs);
  const auto time = tdse::calibrate(interruptible(tdse::tdse_solver(description.configuration), signals),
                                    description.runs, costs);
  if (signals.request() != tdse::StopRequest::none) return interrupted;
  const double dearest = *std::max_element(costs.begin(), costs.end());
  std::optional<double> longest;
  if (time) longest = time->run_seconds * dearest / costs[time->run];
  const auto teams = grouping(options, farm, description, description.runs.size(), ranks, longest);
  std::cout << "grouping:    " << describe(teams, ranks, options.settings.threads) << '\n';
  if (!time) {
    std::cout << "time:        unknown\n";
    return success;
  }
  const int solving = std::max(1, ranks - 1);
  const double wall = time->total_seconds / solving;
  std::cout << "time:        about " << tdse::format_duration(time->run_seconds) << " per run (from "
            << (time->fraction < 1 ? "the first steps of run " : "run ") << time->run << "), "
            << tdse::format_duration(*longest) << " for the longest\n"
            << "             about " << tdse::format_number(std::ceil(time->total_seconds / 36) / 100)
            << " core-hours in all\n"
            << "             about " << tdse::format_duration(wall) << " with " << solving << " solving rank"
            << (solving == 1 ? "" : "s") << ", if each has a core of its own and is as fast as here\n";
  if (const auto limit = options.settings.wall_time.limit()) {
    std::cout << "time limit:  " << tdse::format_duration(*limit) << ", so about "
              << std::ceil(wall / (0.95 * *limit)) << " job(s) one after the other\n";
    const bool continued =
        options.settings.checkpoint_interval > 0 && *longest > options.settings.checkpoint_interval;
    if (*longest > *limit && !continued)
      std::cout << "note:        the longest run does not fit into the time limit; raise it, take "
                   "--ranks-per-run, or let it be saved (--checkpoint-interval)\n";
  }
  return success;
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
            << tdse::format_duration(s.seconds);
  if (result.done_now > 0) {
    std::cout << "; " << tdse::format_duration(result.run_seconds / static_cast<double>(result.done_now))
              << " per run and rank, " << tdse::format_number(std::round(s.rate * 1e4) / 1e4) << " runs/s";
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
         tdse::format_duration(*limit.limit()) +
         "; raise the limit, share runs among more ranks (--ranks-per-run), or let them be saved "
         "(--checkpoint-interval)";
}

int generate(Options options, const tdse::FarmConfiguration& farm, const tdse::StoreDescription& description,
             tdse::Crew& crew, const tdse::SignalWatch& signals) {
  const auto keep_going = [&] { return signals.request() == tdse::StopRequest::none; };
  const auto store =
      tdse::prepare_store(options.store, description, {.repair = options.repair, .keep_going = keep_going});
  const auto costs = farm.costs(description.runs);
  const auto count = [&](tdse::RunState state) {
    return static_cast<std::size_t>(
        std::count_if(store.commits.begin(), store.commits.end(),
                      [&](const tdse::CommitRecord& commit) { return commit.state == state; }));
  };
  const auto selection = options.retry_failed ? tdse::Selection::failed : tdse::Selection::pending;
  const auto plan = tdse::make_plan(store.commits, costs, store.begun, selection);
  const std::size_t done = count(tdse::RunState::done), failed = count(tdse::RunState::failed);
  std::cout << (store.continued ? "continuing " : "created ") << options.store.string() << ": " << done
            << " of " << store.commits.size() << " runs are done, " << plan.size() << " to do";
  if (options.retry_failed)
    std::cout << " that failed before";
  else if (failed > 0)
    std::cout << ", " << failed
              << " failed earlier (pmd_store failures lists them, --retry-failed tries again)";
  std::cout << std::endl;
  for (const auto& note : store.notes)
    std::cout << "note: " << note << std::endl;

  tdse::Ledger ledger({store.commits.size(), done, options.retry_failed ? failed - plan.size() : failed},
                      plan);
  for (const auto& [run, seconds] : store.timed)
    ledger.earlier_pace().learn(costs[run], seconds);
  auto& settings = options.settings;
  std::optional<double> longest;
  if (!plan.empty()) longest = ledger.pace().cautious_seconds(plan.front().cost);
  const auto teams = grouping(options, farm, description, plan.size(), crew.ranks(), longest);
  settings.ranks_per_run = teams.ranks_per_run;
  tdse::Journal journal;
  if (!plan.empty()) {
    std::cout << "grouping: " << describe(teams, crew.ranks(), settings.threads) << std::endl;
    if (!options.log.empty()) journal = tdse::Journal(options.log);
    nlohmann::json begin{{"store", options.store.string()},
                         {"dataset", description.dataset},
                         {"preset", description.preset},
                         {"part", description.part},
                         {"runs", store.commits.size()},
                         {"done", done},
                         {"to_do", plan.size()},
                         {"workers", std::max(1, tdse::Teams{crew.ranks(), teams.ranks_per_run}.workers())},
                         {"ranks_per_run", teams.ranks_per_run},
                         {"threads", settings.threads},
                         {"code_version", tdse::code_version()},
                         {"machine", tdse::machine()},
                         {"time_limit_s", nullptr}};
    if (settings.wall_time.limit()) begin["time_limit_s"] = *settings.wall_time.limit();
    journal.write("farm_begin", std::move(begin));
  }

  ProgressPrinter progress(std::chrono::seconds(10));
  const auto report = [&](const tdse::Ledger& books) {
    progress([&] { return tdse::progress_line(books.status()); });
  };
  const auto result = tdse::run_farm(crew, options.store, std::move(ledger), settings, journal,
                                     tdse::tdse_solver, signals, report);
  if (!plan.empty()) {
    progress.finish(tdse::progress_line(result.status));
    print_summary(result);
  }
  int code = success;
  if (result.cause == tdse::StopCause::broken) {
    std::cerr << "error: " << result.reason
              << " (what was done is safe in the store; the same command continues)" << std::endl;
    code = error;
  } else if (result.cause == tdse::StopCause::failures) {
    std::cerr << "error: stopped early because " << result.reason << "; e.g. run "
              << result.failures.back().run << ": " << result.failures.back().reason << std::endl;
    code = finished_with_failures;
  } else if (const auto why = hopeless(result, settings.wall_time); !why.empty()) {
    std::cerr << "error: " << why << std::endl;
    code = error;
  } else if (result.unfinished > 0) {
    std::cout << "stopped with " << result.unfinished << " runs to do ("
              << (result.reason.empty() ? "workers were given up" : result.reason)
              << "); the same command continues where this ended" << std::endl;
    code = interrupted;
  } else if (result.status.failed > 0) {
    code = finished_with_failures;
  }
  if (result.ranks_left) {
    // They would keep MPI from ending.
    std::cout << std::flush;
    MPI_Abort(MPI_COMM_WORLD, code);
  }
  return code;
}

int run_master(int argc, char** argv, const tdse::MpiSession& mpi, tdse::Mailbox& mailbox,
               const tdse::SignalWatch& signals) {
  tdse::Crew crew(mailbox);
  try {
    if (argc == 2 && std::string(argv[1]) == "--version") {
      std::cout << "tdse_farm " << tdse::code_version() << ", " << tdse::compiler() << '\n';
      return success;
    }
    const auto options = parse(argc, argv);
    if (!options) {
      std::cout << help_text << options_description() << help_end;
      return success;
    }
    const auto farm = tdse::FarmConfiguration::load(options->sources);
    const auto description = farm.describe();
    std::cout << "# resolved configuration\n"
              << description.configuration << "# end of configuration" << std::endl;
    farm.check(description.runs);
    check_ranks_per_run(options->ranks_per_run, mailbox.size());
    if (options->threads_wanted() && !mpi.threads_allowed())
      throw tdse::ConfigError("--threads: this MPI library does not allow threads; expected 1");
    if (options->dry_run) return dry_run(*options, farm, description, mailbox.size(), signals);
    return generate(*options, farm, description, crew, signals);
  } catch (const Usage& usage) {
    std::cerr << "error: " << usage.message << "; see tdse_farm --help" << std::endl;
    return wrong_command_line;
  } catch (const tdse::Interrupted& e) {
    std::cout << e.what() << "; the same command continues" << std::endl;
    return interrupted;
  } catch (const std::exception& e) {
    std::cerr << "error: " << e.what() << std::endl;
    return error;
  }
}

}  // namespace

int main(int argc, char** argv) {
  const tdse::SignalWatch signals;
  const tdse::MpiSession mpi(argc, argv);
  tdse::Mailbox mailbox(MPI_COMM_WORLD);
  if (mpi.rank() == 0) return run_master(argc, argv, mpi, mailbox, signals);
  // Only rank 0 speaks, and its exit code is the farm's.
  try {
    tdse::serve(mailbox, tdse::tdse_solver, signals);
  } catch (const std::exception& e) {
    std::cerr << "error: " << e.what() << " (rank " << mpi.rank() << ")" << std::endl;
    MPI_Abort(MPI_COMM_WORLD, error);
  }
  return success;
}
