// Computes a data set of photoelectron momentum distributions on all ranks of an MPI job.

#include <algorithm>
#include <chrono>
#include <iostream>
#include <optional>

#include <boost/program_options.hpp>

#include "apps/command_line.hpp"
#include "apps/progress_printer.hpp"
#include "libtdse/base/build_info.hpp"
#include "libtdse/base/error.hpp"
#include "libtdse/farm/calibrate.hpp"
#include "libtdse/farm/configuration.hpp"
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
  tdse_farm --dataset demo --preset quick --store a.h5 --set dataset.R=[2,3] --set preset.momentum.kx_max=2

Stopping and continuing
  The same command again continues: what is in the store stays, what is missing or failed is computed.
  A store made with another configuration is refused.
  SIGUSR1, SIGTERM or SIGINT: running runs are finished, no others started, exit code 75. A second signal (more
  than a second after the first) abandons running runs too; they are not counted as failed attempts.
  Runs that take longer than --checkpoint-interval are saved in STORE.run-N.checkpoint as often, and when they
  are abandoned; they continue with the same bits as if nothing had happened, also after a kill.
  Under mpirun send SIGUSR1 to mpirun (kill -USR1 PID), which passes it on. Open MPI answers SIGTERM and Ctrl-C
  itself: it kills all ranks one second later and ends with exit code 1 (its odls_base_sigkill_timeout delays
  the signal as well as the killing, and is no help). Then running runs are lost, and nothing else: whatever had
  been reported done is safe, even if all processes are killed at any moment.
  mpirun -q keeps mpirun from commenting on exit codes other than 0.

Exit codes
  0 all runs done      1 an error, said on stderr      2 wrong command line
  3 all runs tried, some failed (listed; the same command tries them again)
  75 stopped early, can be continued
)";

struct Options {
  tdse::FarmSources sources;
  std::filesystem::path store;
  double checkpoint_interval = 600;
  bool dry_run = false, repair = false;
};

po::options_description options_description() {
  po::options_description known("Options");
  auto add = known.add_options();
  add("dataset", po::value<std::string>()->required()->value_name("FILE|NAME"),
      "what to compute: a file or one of configs/datasets");
  add("preset", po::value<std::string>()->required()->value_name("FILE|NAME"),
      "the numerics: a file or one of configs/presets");
  add("store", po::value<std::string>()->required()->value_name("FILE.h5"), "where the results go");
  add("runs", po::value<long long>()->value_name("N"), "another number of runs; of a list, its first N");
  add("seed", po::value<long long>()->value_name("S"), "another seed of the random parameters");
  add("set", po::value<std::vector<std::string>>()->composing()->value_name("KEY=VALUE"),
      "override: preset.KEY=VALUE or dataset.KEY=VALUE (may be repeated)");
  add("checkpoint-interval", po::value<double>()->value_name("SECONDS"),
      "runs expected to take longer are saved as often, beside the store, and go on where they were after an "
      "interruption (600; 0: never)");
  add("dry-run", "show what would be done and what it would cost");
  add("repair", "compute runs again whose stored data do not match their checksum (see pmd_store verify)");
  add("version", "what was built (alone)");
  add("help,h", "this text");
  return known;
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
  if (given.count("runs")) {
    const auto runs = given["runs"].as<long long>();
    if (runs < 1) throw Usage{"--runs " + std::to_string(runs) + ": expected a positive number"};
    options.sources.runs = static_cast<std::size_t>(runs);
  }
  if (given.count("seed")) {
    const auto seed = given["seed"].as<long long>();
    if (seed < 0) throw Usage{"--seed " + std::to_string(seed) + ": expected a number >= 0"};
    options.sources.seed = static_cast<std::uint64_t>(seed);
  }
  if (given.count("checkpoint-interval")) {
    options.checkpoint_interval = given["checkpoint-interval"].as<double>();
    if (!(options.checkpoint_interval >= 0 && options.checkpoint_interval < 1e9))
      throw Usage{"--checkpoint-interval: expected a number of seconds >= 0"};
  }
  if (given.count("set")) options.sources.set = given["set"].as<std::vector<std::string>>();
  options.dry_run = given.count("dry-run") > 0;
  options.repair = given.count("repair") > 0;
  return options;
}

int dry_run(const Options& options, const tdse::FarmConfiguration& farm,
            const tdse::StoreDescription& description, int ranks) {
  const auto bytes = tdse::store_bytes(description.runs.size(), description.kx.size(), description.ky.size());
  std::cout << "runs:        " << description.runs.size() << '\n'
            << "store:       " << options.store.string()
            << (std::filesystem::exists(options.store) ? " (exists; would be continued if it fits)" : "")
            << '\n'
            << "store size:  " << tdse::format_bytes(bytes) << ", " << description.kx.size() << " x "
            << description.ky.size() << " momenta per run\n"
            << "disk space:  " << tdse::format_bytes(tdse::free_bytes(tdse::folder_of(options.store)))
            << " free\n";
  const auto costs = farm.costs(description.runs);
  const auto time = tdse::calibrate(tdse::tdse_solver(description.configuration), description.runs, costs);
  if (!time) {
    std::cout << "time:        unknown\n";
    return success;
  }
  const int solving = ranks > 1 ? ranks - 1 : 1;
  std::cout << "time:        about " << tdse::format_duration(time->run_seconds) << " per run (from "
            << (time->fraction < 1 ? "the first steps of run " : "run ") << time->run << ")\n"
            << "             about " << tdse::format_duration(time->total_seconds / solving) << " with "
            << solving << " solving rank" << (solving == 1 ? "" : "s")
            << ", if each has a core of its own and is as fast as here\n";
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

int generate(const Options& options, const tdse::StoreDescription& description,
             const std::vector<double>& costs, tdse::Crew& crew, const tdse::SignalWatch& signals) {
  const auto store = tdse::prepare_store(options.store, description, options.repair);
  auto plan = tdse::make_plan(store.commits, costs);
  const std::size_t done = store.commits.size() - plan.size();
  std::cout << (store.continued ? "continuing " : "created ") << options.store.string() << ": " << done
            << " of " << store.commits.size() << " runs are done, " << plan.size() << " to do" << std::endl;
  for (const auto& note : store.notes)
    std::cout << "note: " << note << std::endl;

  ProgressPrinter progress(std::chrono::seconds(10));
  const auto report = [&](const tdse::FarmStatus& status) {
    progress([&] { return tdse::progress_line(status); });
  };
  const auto result =
      tdse::run_farm(crew, options.store, tdse::Ledger(store.commits.size(), done, std::move(plan)),
                     tdse::tdse_solver, signals, report, options.checkpoint_interval);
  if (done < store.commits.size()) {
    progress.finish(tdse::progress_line(result.status));
    print_summary(result);
  }
  if (!result.broken.empty())
    throw tdse::FileError(result.broken +
                          " (what was done is safe in the store; the same command continues)");
  if (result.unfinished > 0) {
    std::cout << "stopped on request with " << result.unfinished
              << " runs to do; the same command continues where this ended" << std::endl;
    return interrupted;
  }
  if (!result.failures.empty()) return finished_with_failures;
  return success;
}

int run_master(int argc, char** argv, tdse::Mailbox& mailbox, const tdse::SignalWatch& signals) {
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
    if (options->dry_run) return dry_run(*options, farm, description, mailbox.size());
    return generate(*options, description, farm.costs(description.runs), crew, signals);
  } catch (const Usage& usage) {
    std::cerr << "error: " << usage.message << "; see tdse_farm --help" << std::endl;
    return wrong_command_line;
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
  if (mpi.rank() == 0) return run_master(argc, argv, mailbox, signals);
  // Only rank 0 speaks, and its exit code is the farm's.
  tdse::serve(mailbox, tdse::tdse_solver, signals);
  return success;
}
