// Computes a data set of photoelectron momentum distributions on all ranks of an MPI job.

#include <algorithm>
#include <cmath>
#include <iostream>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <mpi.h>

#include "apps/farm_options.hpp"
#include "apps/shared/program.hpp"
#include "apps/shared/progress.hpp"
#include "apps/worker_rank.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/files/disk.hpp"
#include "libpmd/base/text/duration.hpp"
#include "libpmd/base/text/number.hpp"
#include "libtdse/farm/generate.hpp"
#include "libtdse/farm/mpi_session.hpp"
#include "libtdse/farm/progress.hpp"

using namespace bondscope;

namespace {

/// There must be as many ranks to solve.
void check_ranks_per_run(const std::string& wanted, int ranks) {
  if (wanted.empty() || wanted == "auto") return;
  const int computing = std::max(1, ranks - 1);
  if (std::stoi(wanted) > computing)
    throw WrongCommandLine(
        fmt::format("--ranks-per-run {}: only {} can solve (rank 0 of several hands out runs)", wanted,
                    counted(computing, "rank")));
}

void print_store(const tdse::Generation& generation, bool of_list) {
  const auto& description = generation.description;
  const auto& store = generation.options.store;
  const auto bytes = store_bytes(description);
  auto folder = std::filesystem::absolute(folder_of(store));
  while (of_list && !std::filesystem::exists(folder))  // it would be made
    folder = folder.parent_path();
  std::cout << fmt::format(
                   R"(runs:        {}{}
store:       {}{}
store size:  {}, {} x {} momenta per run
disk space:  {} free
memory:      about {} for the largest run
)",
                   description.runs.size(),
                   description.part.empty() ? ""
                                            : fmt::format(" (part {} of the data set)", description.part),
                   store.string(),
                   std::filesystem::exists(store) ? " (exists; would be continued if it fits)" : "",
                   format_bytes(bytes), description.kx.size(), description.ky.size(),
                   format_bytes(free_bytes(folder)), format_bytes(generation.forecast.bytes_per_run))
            << std::flush;
}

void print_estimate(const tdse::CostEstimate& estimate, const tdse::FarmSettings& settings, int ranks) {
  std::cout << fmt::format("grouping:    {}\n", describe(estimate.teams, settings.order.threads));
  if (!estimate.time) {
    std::cout << "time:        unknown\n";
    return;
  }
  const auto& time = *estimate.time;
  const int solving = std::max(1, ranks - 1);
  std::cout << fmt::format(
      R"(time:        about {} per run (from {}run {}), {} for the longest
             about {} core-hours in all
             about {} with {}, if each has a core of its own and is as fast as here
)",
      format_duration(time.run_seconds), time.fraction < 1 ? "the first steps of " : "", time.run,
      format_duration(estimate.longest_seconds), format_number(std::ceil(time.total_seconds / 36) / 100),
      format_duration(estimate.wall_seconds), counted(solving, "solving rank"));
  if (const auto limit = settings.wall_time.limit())
    std::cout << fmt::format("time limit:  {}, so about {} job(s) one after the other\n",
                             format_duration(*limit), std::ceil(estimate.wall_seconds / (0.95 * *limit)));
  if (!estimate.longest_fits)
    std::cout << "note:        the longest run does not fit into the time limit; raise it, take "
                 "--ranks-per-run, or let it be saved (--checkpoint-interval; not with transforms: fftw)\n";
}

void print_result(const tdse::FarmResult& result) {
  constexpr std::size_t most_notes = 20;
  for (std::size_t i = 0; i < std::min(most_notes, result.notes.size()); ++i)
    std::cout << "note: " << result.notes[i] << '\n';
  if (result.notes.size() > most_notes)
    std::cout << "note: and " << result.notes.size() - most_notes << " more of the kind\n";
  for (const auto& failure : result.failures)
    std::cout << "failed: run " << failure.run << ": " << failure.reason << '\n';
  std::cout << "summary: " << summary(result) << std::endl;
}

/// Says how the farm ended. `done_before`: this program has got runs done in other data sets.
int print_end(const tdse::FarmResult& result, const tdse::GenerateOptions& options, bool done_before) {
  if (result.cause == tdse::StopCause::broken) {
    std::cerr << "error: " << result.reason
              << " (what was done is safe in the store; the same command continues)" << std::endl;
    return exit_code::failure;
  }
  if (result.cause == tdse::StopCause::failures) {
    std::cerr << "error: stopped early because " << result.reason << "; e.g. run "
              << result.failures.back().run << ": " << result.failures.back().reason << std::endl;
    return exit_code::incomplete;
  }
  if (const auto why = done_before ? "" : hopeless(result, options.settings.wall_time); !why.empty()) {
    std::cerr << "error: " << why << std::endl;
    return exit_code::failure;
  }
  if (result.unfinished > 0) {
    std::cout << fmt::format("stopped with {} runs to do ({}); the same command continues where this ended",
                             result.unfinished,
                             result.reason.empty() ? "workers were given up" : result.reason)
              << std::endl;
    return exit_code::interrupted;
  }
  if (result.status.failed > 0) return exit_code::incomplete;
  return exit_code::success;
}

tdse::Generated generate(const tdse::Generation& generation, tdse::Workers& workers,
                         const SignalWatch& signals, tdse::Afterwards afterwards) {
  Progress progress({}, {}, std::chrono::seconds(10));
  const tdse::GenerateListener listener{
      .line = [](const std::string& text) { std::cout << text << std::endl; },
      .progress =
          [&](const tdse::Ledger& books) {
            progress.show([&] { return tdse::progress_line(books.status()); });
          }};
  auto generated = tdse::generate(generation, workers, signals, afterwards, listener);
  if (generated.to_do > 0) {
    progress.finish(tdse::progress_line(generated.result.status));
    print_result(generated.result);
  }
  return generated;
}

/// Whatever is wrong with the configuration of one of several data sets shows before the first is begun.
std::vector<tdse::Generation> load_sets(const std::vector<FarmOptions>& sets) {
  std::vector<tdse::Generation> generations;
  for (const auto& one : sets) {
    try {
      generations.push_back(tdse::Generation::load(one.sources, one.generate));
    } catch (const ConfigError& e) {
      if (sets.size() == 1) throw;
      throw ConfigError(fmt::format("data set {}: {}", one.sources.dataset, e.what()));
    }
  }
  return generations;
}

int run_sets(const std::vector<FarmOptions>& sets, tdse::Workers& workers, const SignalWatch& signals) {
  const auto generations = load_sets(sets);
  const bool of_list = sets.front().of_list, dry_run = sets.front().dry_run;
  int code = exit_code::success;
  bool done_before = false;
  if (of_list && !dry_run)
    std::filesystem::create_directories(generations.front().options.store.parent_path());
  for (std::size_t i = 0; i < generations.size(); ++i) {
    const auto& generation = generations[i];
    const auto& description = generation.description;
    if (of_list)
      std::cout << fmt::format("{}== data set {} ({} of {})\n", i > 0 ? "\n" : "", description.dataset, i + 1,
                               generations.size());
    std::cout << "# resolved configuration\n"
              << description.configuration << "# end of configuration" << std::endl;
    if (dry_run) {
      print_store(generation, of_list);
      print_estimate(tdse::estimate_cost(generation, workers.ranks(), signals), generation.options.settings,
                     workers.ranks());
      continue;
    }
    const bool last = i + 1 == generations.size();
    const auto [result, to_do] =
        generate(generation, workers, signals, last ? tdse::Afterwards::dismiss : tdse::Afterwards::stay);
    const int end = print_end(result, generation.options, done_before);
    if (end == exit_code::success && !of_list)
      print_next(
          fmt::format("pmd_store verify {0}; pmd_train train --store {0} --recipe quick --output models/{1}",
                      generation.options.store.string(), generation.options.store.stem().string()));
    done_before = done_before || result.done_now > 0;
    // What is left to do counts more than what failed.
    if (end == exit_code::interrupted || code == exit_code::success) code = end;
    const bool over = last || workers.dismissed();
    if (over && !last && end == exit_code::success) {
      std::cout << "stopped after this data set, since workers were given up; the same command continues"
                << std::endl;
      code = exit_code::interrupted;
    }
    if (result.ranks_left) {
      std::cout << std::flush;
      MPI_Abort(MPI_COMM_WORLD, code);
    }
    if (over) return code;
  }
  return code;
}

int run_master(const Arguments& arguments, const tdse::MpiSession& mpi, tdse::Mailbox& mailbox,
               const SignalWatch& signals, const tdse::SlurmJobs& jobs) {
  tdse::Workers workers(mailbox);
  return report_errors("tdse_farm", [&]() -> int {
    const auto options = parse_farm_options(arguments, jobs);
    if (!options) return exit_code::success;
    check_ranks_per_run(options->generate.ranks_per_run, mailbox.size());
    if (options->generate.settings.order.threads > 1 && !mpi.threads_allowed())
      throw ConfigError("--threads: this MPI library does not allow threads; expected 1");
    return run_sets(options_of_sets(*options), workers, signals);
  });
}

}  // namespace

int main(int argc, char** argv) {
  const SignalWatch signals;
  const auto jobs = tdse::SlurmJobs::ask();
  const tdse::MpiSession mpi(argc, argv);
  tdse::Mailbox mailbox(MPI_COMM_WORLD);
  if (mpi.rank() == 0) return run_master({argv + 1, argv + argc}, mpi, mailbox, signals, jobs);
  return serve_as_worker(mailbox, mpi.rank(), signals);
}
