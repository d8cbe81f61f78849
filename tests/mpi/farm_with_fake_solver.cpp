// The farm with a solver that only pretends: as fast or slow as asked for, and failing where asked to. What
// it "computes" depends on the parameters alone, so that farms can be compared bit for bit.
//
//   farm_with_fake_solver STORE [runs=40] [kx=64] [ky=64] [seconds=0] [uneven=0] [fail=3,5] [hang=7] [die=8]
//                         [memory=9] [sick=2] [seed=0] [retry=1] [ranks=1] [writers=node] [limit=0]
//                         [run_limit=0] [timeout=0] [max_failures=N]
//
// `seconds` per run, with uneven=1 from 0.25 to 1.75 times as many; `fail` lists runs that throw
// NumericsError, `hang` runs that never end, `die` runs that kill their process, `memory` runs that find
// none; ranks that are `sick` fail in every run as if a library were broken there. The rest are FarmSettings.
// Prints "committed N" whenever the master has heard of more runs done, and ends with the farm's exit codes.

#include <cmath>
#include <csignal>
#include <cstdio>
#include <iostream>
#include <map>
#include <set>
#include <sstream>
#include <thread>

#include "libpmd/base/error.hpp"
#include "libtdse/farm/environment.hpp"
#include "libtdse/farm/farm.hpp"
#include "libtdse/farm/mpi_session.hpp"
#include "libtdse/farm/prepare.hpp"
#include "libtdse/farm/worker.hpp"

using namespace bondscope;
using namespace bondscope::tdse;

namespace {

struct Options {
  std::string store;
  std::size_t runs = 40, kx = 64, ky = 64;
  double seconds = 0, seed = 0, limit = 0;
  bool uneven = false, retry = false;
  std::set<int> failing, hanging, deadly, hungry, sick;
  tdse::FarmSettings settings;

  Options(int argc, char** argv) : store(argc > 1 ? argv[1] : "") {
    settings.order.store = store;
    settings.order.checkpoint_interval = 0;
    settings.worker_timeout = 0;
    for (int i = 2; i < argc; ++i) {
      const std::string argument = argv[i], key = argument.substr(0, argument.find('='));
      const std::string value = argument.substr(key.size() + 1);
      if (key == "runs")
        runs = std::stoul(value);
      else if (key == "kx")
        kx = std::stoul(value);
      else if (key == "ky")
        ky = std::stoul(value);
      else if (key == "seconds")
        seconds = std::stod(value);
      else if (key == "seed")
        seed = std::stod(value);
      else if (key == "uneven")
        uneven = value == "1";
      else if (key == "retry")
        retry = value == "1";
      else if (key == "fail")
        failing = numbers(value);
      else if (key == "hang")
        hanging = numbers(value);
      else if (key == "die")
        deadly = numbers(value);
      else if (key == "memory")
        hungry = numbers(value);
      else if (key == "sick")
        sick = numbers(value);
      else if (key == "ranks")
        settings.order.ranks_per_run = std::stoi(value);
      else if (key == "writers")
        settings.order.node_writers = value == "node";
      else if (key == "limit")
        settings.wall_time = tdse::WallTime(std::stod(value));
      else if (key == "run_limit")
        settings.order.run_time_limit = std::stod(value);
      else if (key == "timeout")
        settings.worker_timeout = std::stod(value);
      else if (key == "max_failures")
        settings.max_failures = std::stoul(value);
      else
        throw ConfigError("unknown argument " + argument);
    }
  }

  static std::set<int> numbers(const std::string& text) {
    std::set<int> found;
    std::istringstream list(text);
    for (std::string run; std::getline(list, run, ',');)
      found.insert(std::stoi(run));
    return found;
  }

  /// Relative to the mean.
  double cost(std::size_t run) const {
    return uneven ? 0.25 + 1.5 * static_cast<double>(run * 37 % 101) / 100
                  : 1 + 1e-3 * static_cast<double>(run % 7);
  }

  StoreDescription describe() const {
    StoreDescription d;
    d.dataset = "fake";
    d.preset = "fake";
    d.configuration =
        "preset: {points: " + std::to_string(kx * ky) + "}\ndataset: {seed: " + std::to_string(seed) + "}\n";
    d.created = "always";
    for (std::size_t j = 0; j < kx; ++j)
      d.kx.push_back(static_cast<double>(j));
    for (std::size_t j = 0; j < ky; ++j)
      d.ky.push_back(static_cast<double>(j));
    for (std::size_t i = 0; i < runs; ++i)
      d.runs.push_back({"H2+", 1 + static_cast<double>(i), 1e14, seed, 0});
    return d;
  }

  tdse::RunResult solve(const RunParameters& run, const tdse::RunMonitor& monitor, tdse::Ranks& ranks) const {
    constexpr int steps = 20;
    const int number = static_cast<int>(run.R) - 1;
    if (sick.contains(tdse::rank_in_environment().value_or(0)))
      throw std::runtime_error("libm is not what it was");
    if (hungry.contains(number)) throw std::bad_alloc();
    const double step_seconds = seconds * cost(static_cast<std::size_t>(number)) / steps;
    while (hanging.count(number))
      std::this_thread::sleep_for(std::chrono::seconds(1));
    for (int step = 1; step <= steps; ++step) {
      if (step_seconds > 0) std::this_thread::sleep_for(std::chrono::duration<double>(step_seconds));
      if (step == steps / 2 && deadly.count(number)) ::raise(SIGKILL);
      // As the real solver: one rank that wants to stop stops all.
      double stop = monitor && !monitor(static_cast<double>(step) / steps) ? 1 : 0;
      ranks.sum({&stop, 1});
      if (stop > 0) throw Interrupted("stopped");
    }
    if (failing.count(number)) throw NumericsError("pretended to fail");
    tdse::RunResult result;
    result.pmd.resize(kx * ky);
    for (std::size_t j = 0; j < result.pmd.size(); ++j)
      result.pmd[j] =
          static_cast<float>(std::fmod(run.R * 0.7 + run.cep + static_cast<double>(j) * 1e-3, 1.0));
    result.diagnostics.yield = run.R;
    return result;
  }
};

tdse::SolverFactory factory(const Options& options) {
  return [&options](const std::string&, const tdse::Team& team) -> tdse::Solver {
    return [&options, team](const auto& run, const auto& monitor, const auto&) {
      return options.solve(run, monitor, *team.ranks);
    };
  };
}

int farm(const Options& options, tdse::Mailbox& mailbox, const SignalWatch& signals) {
  tdse::Workers workers(mailbox);
  try {
    const auto description = options.describe();
    const auto store = tdse::prepare_store(options.store, description);
    for (const auto& note : store.notes)
      std::cout << "note: " << note << std::endl;
    std::vector<double> costs;
    for (std::size_t i = 0; i < options.runs; ++i)
      costs.push_back(options.cost(i));
    const auto to_do = tdse::runs_to_do(store.commits, costs, store.begun,
                                        options.retry ? Selection::failed : Selection::pending);
    std::size_t done = 0, failed = 0;
    for (const auto& commit : store.commits) {
      done += commit.state == RunState::done ? 1 : 0;
      failed += commit.state == RunState::failed ? 1 : 0;
    }
    if (options.retry) failed -= to_do.size();
    std::size_t reported = done;
    const auto report = [&](const tdse::Ledger& ledger) {
      if (ledger.done() == reported) return;
      reported = ledger.done();
      std::printf("committed %zu\n", reported);
      std::fflush(stdout);
    };
    tdse::Ledger ledger({options.runs, done, failed}, to_do);
    tdse::Journal journal(tdse::journal_file(options.store));
    const auto result = tdse::run_farm(workers, store.facts, std::move(ledger), options.settings, journal,
                                       factory(options), signals, report);
    for (const auto& failure : result.failures)
      std::printf("failed %zu: %s\n", failure.run, failure.reason.c_str());
    for (const auto& note : result.notes)
      std::printf("note: %s\n", note.c_str());
    std::fflush(stdout);
    int code = result.unfinished > 0 ? 75 : result.status.failed > 0 ? 3 : 0;
    if (result.cause == tdse::StopCause::broken) {
      std::cerr << "error: " << result.reason << std::endl;
      code = 1;
    } else if (result.cause != tdse::StopCause::none) {
      std::cout << "stopped: " << result.reason << std::endl;
    }
    if (result.ranks_left) MPI_Abort(MPI_COMM_WORLD, code);
    return code;
  } catch (const std::exception& e) {
    std::cerr << "error: " << e.what() << std::endl;
    return 1;
  }
}

}  // namespace

int main(int argc, char** argv) {
  const SignalWatch signals;
  const tdse::MpiSession mpi(argc, argv);
  const Options options(argc, argv);
  tdse::Mailbox mailbox(MPI_COMM_WORLD);
  if (mpi.rank() == 0) return farm(options, mailbox, signals);
  tdse::serve(mailbox, factory(options), signals);
  return 0;
}
