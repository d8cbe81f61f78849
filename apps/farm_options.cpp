#include "apps/farm_options.hpp"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "apps/shared/command_line.hpp"
#include "libpmd/base/config/config.hpp"
#include "libpmd/base/config/find_config.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/text/duration.hpp"
#include "libpmd/dataset/dataset.hpp"
#include "libpmd/store/description.hpp"
#include "libtdse/farm/journal.hpp"

using namespace bondscope;

namespace {

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
  mpirun -n 65 tdse_farm --dataset base --preset production --store base.h5 --runs 2000 --seed 7 --grow
      1500 more
  mpirun -n 65 tdse_farm --dataset all --preset production --store data/
      six data sets one after the other, data/base.h5, data/cep.h5, ...
  tdse_farm --dataset demo --preset quick --store a.part-3.h5 --part 3/8
      every eighth run from the third on; pmd_store merge joins the eight stores
  tdse_farm --dataset demo --preset quick --store a.h5 --set dataset.R=[2,3] --set preset.momentum.kx_max=2
  On a cluster with Slurm: sbatch jobs/generate.slurm --dataset base --preset production --store base.h5

Stopping and continuing
  The same command again continues: what is in the store stays, what is missing is computed. Runs that failed
  stay failed until --retry-failed is given, which computes them alone (pmd_store failures STORE lists them).
  A store made with another configuration is refused; one that only lacks some of the runs can be extended with
  --grow (for a while there are two of it on disk).
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

/// From a job's --time-limit, or what Slurm leaves it.
tdse::WallTime wall_time(const std::optional<std::string>& text, std::optional<double> left) {
  if (!text) {
    return left ? tdse::WallTime(*left) : tdse::WallTime();
  }
  return *text == "none" ? tdse::WallTime() : tdse::WallTime(read_duration("--time-limit", *text));
}

/// A number from 1 on, or auto.
std::string read_ranks_per_run(const std::string& text) {
  constexpr std::size_t most_digits = 6;
  const bool positive = text.size() <= most_digits && text.front() != '0' &&
                        text.find_first_not_of("0123456789") == std::string::npos;
  if (!positive && text != "auto")
    throw WrongCommandLine(fmt::format("--ranks-per-run: '{}' is neither a positive number nor auto", text));
  return text;
}

}  // namespace

std::optional<FarmOptions> parse_farm_options(const Arguments& arguments, const tdse::SlurmJobs& jobs) {
  FarmOptions options;
  options.generate.jobs = jobs;
  auto& sources = options.sources;
  auto& settings = options.generate.settings;
  auto& order = settings.order;
  std::optional<std::string> time_limit;
  std::string writers = "each";
  constexpr auto largest = std::numeric_limits<long long>::max();
  CommandLine command_line(help_text, help_end);
  command_line.version("tdse_farm");
  command_line
      .text("dataset", "FILE|NAME", sources.dataset, "what to compute: a file or one of configs/datasets")
      .required();
  command_line.text("preset", "FILE|NAME", sources.preset, "the numerics: a file or one of configs/presets")
      .required();
  command_line
      .text("store", "FILE.h5|FOLDER", options.generate.store,
            "where the results go; a folder for a list of data sets")
      .required();
  command_line.integer(
      "runs", "N", sources.runs, 1, largest,
      "another number of plain runs, of a listed set its first N; where there are only focal "
      "averages, as many of those as N runs suffice for");
  command_line.integer("seed", "S", sources.seed, 0, largest, "another seed of the random parameters");
  command_line.assignments("set", "KEY=VALUE", sources.set,
                           "override: preset.KEY=VALUE or dataset.KEY=VALUE");
  command_line.flag("grow", options.generate.grow,
                    "a store that has fewer runs of this data set gets the others, too, and keeps its own");
  command_line.add(
      "part", "I/N",
      "compute part I of N equal parts of the data set into a store of its own, e.g. in a job array",
      [&](const std::string& text) {
        try {
          sources.part = read_share(text);
        } catch (const ConfigError& error) {
          throw WrongCommandLine(fmt::format("--{}", error.what()));
        }
      });
  command_line.flag("retry-failed", options.generate.retry_failed,
                    "compute the runs that failed before, and nothing else");
  command_line.flag(
      "repair", options.generate.repair,
      "compute runs again whose stored data do not match their checksum (see pmd_store verify)");
  command_line.text(
      "time-limit", "T", time_limit,
      "be done in time: seconds, or 30:00, 12:30:00, 2-04:00:00; without it Slurm is asked in a job; "
      "'none': no limit");
  command_line.duration("run-time-limit", "T", order.run_time_limit,
                        "a run that takes longer fails (default: no limit)");
  command_line.integer(
      "max-failures", "N", settings.max_failures, 0, largest,
      "stop when more than N runs failed (default: when at least 10 failed, and a fifth of all "
      "that ended)");
  command_line.duration_or_zero(
      "checkpoint-interval", "SECONDS", order.checkpoint_interval,
      "runs expected to take longer are saved as often, beside the store, and go on "
      "where they were after an interruption; 0: never");
  command_line.text(
      "checkpoint-folder", "FOLDER", order.checkpoint_folder,
      "save runs while they run in this folder, which may be each node's own (a run that is stopped is still "
      "saved beside the store); default: beside the store");
  command_line.choice("writers", "each|node", writers, {"each", "node"},
                      "who writes to the store: each worker, or one of each node for all of its workers, "
                      "which is kinder to a "
                      "shared file system with hundreds of ranks");
  command_line.add(
      "ranks-per-run", "N|auto",
      "ranks that share each run; auto chooses by memory, time and number of runs (default: as the "
      "preset says, mostly 1)",
      [&](const std::string& text) { options.generate.ranks_per_run = read_ranks_per_run(text); });
  command_line.integer("threads", "T", order.threads, 1, 1024, "threads of each rank");
  command_line.number("worker-timeout", "SECONDS", settings.worker_timeout, {.min = 0, .max = 1e9},
                      "give up a worker that was silent for so long in a run; 0: never");
  command_line.text("log", "FILE|none", options.generate.log, "the journal (default: STORE.log.jsonl)");
  command_line.flag("dry-run", options.dry_run, "show what would be done and what it would cost");
  try {
    if (!command_line.read(arguments)) return {};
    order.node_writers = writers == "node";
    settings.wall_time = wall_time(time_limit, jobs.seconds_left);
  } catch (const ConfigError& error) {  // of --time-limit
    throw WrongCommandLine(error.what());
  }
  constexpr double shortest_timeout = 10;
  if (settings.worker_timeout > 0 && settings.worker_timeout < shortest_timeout)
    throw WrongCommandLine("--worker-timeout: expected 0 or at least 10 seconds");
  if (!command_line.given("log")) options.generate.log = tdse::journal_file(options.generate.store);
  if (options.generate.log == "none") options.generate.log.clear();
  if (options.generate.repair && options.generate.retry_failed)
    throw WrongCommandLine("--repair and --retry-failed: one after the other, please");
  return options;
}

std::vector<FarmOptions> options_of_sets(const FarmOptions& options) {
  const auto file = find_config("datasets", options.sources.dataset);
  const auto config = Config::from_file(file);
  if (!is_set_list(config)) return {options};
  if (options.generate.store.extension() == ".h5")
    throw ConfigError(fmt::format(
        "--store {}: {} is a list of data sets, each with a store of its own; expected a folder for them",
        options.generate.store.string(), file.string()));
  if (!options.generate.log.empty() && options.generate.log != tdse::journal_file(options.generate.store))
    throw ConfigError(fmt::format("--log {}: each data set of a list has a journal of its own; expected none",
                                  options.generate.log.string()));
  std::vector<FarmOptions> all;
  for (const auto& name : read_set_list(config)) {
    FarmOptions one = options;
    one.sources.dataset = name;
    const auto of_set = find_config("datasets", name);
    if (is_set_list(Config::from_file(of_set)))
      throw ConfigError(fmt::format("{}: sets: {} is itself a list of data sets", file.string(), name));
    one.generate.store = options.generate.store / (of_set.stem().string() + ".h5");
    one.of_list = true;
    if (!options.generate.log.empty()) one.generate.log = tdse::journal_file(one.generate.store);
    for (const auto& other : all)
      if (other.generate.store == one.generate.store)
        throw ConfigError(
            fmt::format("{}: sets: {} and {} would share the store {}; expected files of different names",
                        file.string(), other.sources.dataset, name, one.generate.store.string()));
    all.push_back(std::move(one));
  }
  return all;
}
