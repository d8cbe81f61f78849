#include "apps/farm_options.hpp"

#include <limits>
#include <ostream>

#include <boost/program_options.hpp>

#include "apps/command_line.hpp"
#include "libpmd/base/config/config.hpp"
#include "libpmd/base/config/find_config.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/text/duration.hpp"
#include "libpmd/dataset/set_list.hpp"
#include "libpmd/store/part.hpp"
#include "libtdse/farm/journal.hpp"

using namespace bondscope;

namespace {

namespace po = boost::program_options;

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

po::options_description options_description() {
  po::options_description known("Options");
  auto add = known.add_options();
  add("dataset", po::value<std::string>()->required()->value_name("FILE|NAME"),
      "what to compute: a file or one of configs/datasets");
  add("preset", po::value<std::string>()->required()->value_name("FILE|NAME"),
      "the numerics: a file or one of configs/presets");
  add("store", po::value<std::string>()->required()->value_name("FILE.h5|FOLDER"),
      "where the results go; a folder for a list of data sets");
  add("runs", po::value<long long>()->value_name("N"),
      "another number of plain runs, of a listed set its first N; where there are only focal averages, as "
      "many "
      "of those as N runs suffice for");
  add("seed", po::value<long long>()->value_name("S"), "another seed of the random parameters");
  add("set", po::value<std::vector<std::string>>()->composing()->value_name("KEY=VALUE"),
      "override: preset.KEY=VALUE or dataset.KEY=VALUE (may be repeated)");
  add("grow", "a store that has fewer runs of this data set gets the others, too, and keeps its own");
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
    return read_duration(std::string("--") + name, given[name].as<std::string>());
  } catch (const ConfigError& e) {
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

}  // namespace

std::optional<FarmOptions> parse_farm_options(int argc, char** argv) {
  const auto known = options_description();
  FarmOptions options;
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
    if (given.count("part")) options.sources.part = read_share(given["part"].as<std::string>());
  } catch (const ConfigError& e) {
    throw Usage{std::string("--") + e.what()};
  }
  auto& settings = options.settings;
  auto& order = settings.order;
  order.store = options.store.string();
  order.checkpoint_interval = seconds_option(given, "checkpoint-interval", order.checkpoint_interval);
  settings.worker_timeout = seconds_option(given, "worker-timeout", settings.worker_timeout);
  constexpr double shortest_timeout = 10;
  if (settings.worker_timeout > 0 && settings.worker_timeout < shortest_timeout)
    throw Usage{"--worker-timeout: expected 0 or at least 10 seconds"};
  settings.wall_time = wall_time(given);
  if (given.count("run-time-limit")) order.run_time_limit = duration_option(given, "run-time-limit");
  if (given.count("max-failures"))
    settings.max_failures = static_cast<std::size_t>(integer_option(given, "max-failures", 0, largest, 0));
  order.threads = static_cast<int>(integer_option(given, "threads", 1, 1024, 1));
  if (given.count("ranks-per-run")) options.ranks_per_run = given["ranks-per-run"].as<std::string>();
  options.log = given.count("log") ? std::filesystem::path(given["log"].as<std::string>())
                                   : tdse::journal_file(options.store);
  if (options.log == "none") options.log.clear();
  options.dry_run = given.count("dry-run") > 0;
  options.grow = given.count("grow") > 0;
  options.repair = given.count("repair") > 0;
  options.retry_failed = given.count("retry-failed") > 0;
  if (options.repair && options.retry_failed)
    throw Usage{"--repair and --retry-failed: one after the other, please"};
  return options;
}

std::vector<FarmOptions> options_of_sets(const FarmOptions& options) {
  const auto file = find_config("datasets", options.sources.dataset);
  const auto config = Config::from_file(file);
  if (!is_set_list(config)) return {options};
  if (options.store.extension() == ".h5")
    throw ConfigError("--store " + options.store.string() + ": " + file.string() +
                      " is a list of data sets, each with a store of its own; expected a folder for them");
  if (!options.log.empty() && options.log != tdse::journal_file(options.store))
    throw ConfigError("--log " + options.log.string() +
                      ": each data set of a list has a journal of its own; expected none");
  std::vector<FarmOptions> all;
  for (const auto& name : read_set_list(config)) {
    FarmOptions one = options;
    one.sources.dataset = name;
    const auto of_set = find_config("datasets", name);
    if (is_set_list(Config::from_file(of_set)))
      throw ConfigError(file.string() + ": sets: " + name + " is itself a list of data sets");
    one.store = options.store / (of_set.stem().string() + ".h5");
    one.settings.order.store = one.store.string();
    one.of_list = true;
    if (!options.log.empty()) one.log = tdse::journal_file(one.store);
    for (const auto& other : all)
      if (other.store == one.store)
        throw ConfigError(file.string() + ": sets: " + other.sources.dataset + " and " + name +
                          " would share the store " + one.store.string() +
                          "; expected files of different names");
    all.push_back(std::move(one));
  }
  return all;
}

void print_farm_help(std::ostream& out) {
  out << help_text << options_description() << help_end;
}
