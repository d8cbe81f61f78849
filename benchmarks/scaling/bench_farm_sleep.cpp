// A real farm whose runs only sleep: sleeping workers cost no core, so a small machine can have many.
//   mpirun -n RANKS bench_farm_sleep STORE TIMES.jsonl [SCALE] [POINTS]
// TIMES is a journal with the expected cost and the seconds of each run, which are multiplied by SCALE (1).
// Distributions have POINTS x POINTS values (16). The farm writes its journal beside the store. Prints one
// JSON object: wall time and processor time of rank 0.

#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <thread>

#include <nlohmann/json.hpp>
#include <sys/resource.h>

#include "benchmarks/scaling/run_times.hpp"
#include "libpmd/base/error.hpp"
#include "libtdse/farm/farm.hpp"
#include "libtdse/farm/mpi_session.hpp"
#include "libtdse/farm/prepare.hpp"
#include "libtdse/farm/worker.hpp"

using namespace bondscope;
using namespace bondscope::tdse;
using scaling::RunTime;

namespace {

double processor_time() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

struct Options {
  std::string store;
  std::vector<RunTime> times;
  std::size_t points = 16;

  Options(int argc, char** argv) {
    if (argc < 3) throw ConfigError("bench_farm_sleep STORE TIMES.jsonl [SCALE] [POINTS]");
    store = argv[1];
    times = scaling::read_run_times(argv[2]);
    const double scale = argc > 3 ? std::strtod(argv[3], nullptr) : 1;
    const long wanted = argc > 4 ? std::strtol(argv[4], nullptr, 10) : 16;
    if (!(scale > 0 && scale < 1e6) || wanted < 2 || wanted > 1000)
      throw ConfigError("bench_farm_sleep: expected a SCALE above 0 and 2 to 1000 POINTS");
    points = static_cast<std::size_t>(wanted);
    for (auto& run : times)
      run.seconds *= scale;
  }
};

StoreDescription describe(const Options& options) {
  StoreDescription d;
  d.dataset = d.preset = "sleep";
  d.configuration = "preset: {}\ndataset: {}\n";
  d.created = "always";
  for (std::size_t j = 0; j < options.points; ++j) {
    d.kx.push_back(static_cast<double>(j));
    d.ky.push_back(static_cast<double>(j));
  }
  // The distance carries the number of the run.
  for (std::size_t i = 0; i < options.times.size(); ++i)
    d.runs.push_back({"H2+", 1 + static_cast<double>(i), 1e14, 0, 0});
  return d;
}

SolverFactory sleeper(const Options& options) {
  return [&options](const std::string&, const Team&) -> Solver {
    return [&options](const RunParameters& run, const RunMonitor& monitor, const Checkpointing&) {
      const auto begin = std::chrono::steady_clock::now();
      const double seconds = options.times.at(static_cast<std::size_t>(std::lround(run.R)) - 1).seconds;
      constexpr int reports = 20;
      for (int report = 1; report <= reports; ++report) {
        std::this_thread::sleep_until(begin + std::chrono::duration<double>(seconds * report / reports));
        if (!monitor(static_cast<double>(report) / reports)) throw Interrupted("stopped");
      }
      RunResult result;
      result.pmd.assign(options.points * options.points, 1.0F);
      result.diagnostics.wall_seconds = seconds;
      return result;
    };
  };
}

void farm(const Options& options, Mailbox& mailbox, const SignalWatch& signals) {
  Workers workers(mailbox);
  const auto prepared = prepare_store(options.store, describe(options));
  std::vector<double> costs;
  for (const auto& run : options.times)
    costs.push_back(run.cost);
  Journal journal(journal_file(options.store));
  journal.write("farm_begin",
                {{"store", options.store}, {"runs", costs.size()}, {"workers", workers.ranks() - 1}});
  const double processor = processor_time();
  FarmSettings settings;
  settings.order.store = options.store;
  const auto result =
      run_farm(workers, prepared.facts,
               Ledger({costs.size(), 0, 0}, runs_to_do(prepared.commits, costs, prepared.begun)), settings,
               journal, sleeper(options), signals, [](const Ledger&) {});
  const double used = processor_time() - processor;
  if (result.done_now != costs.size()) throw DataError("not all runs were done: " + result.reason);
  std::printf(
      "{\"workers\": %d, \"runs\": %zu, \"wall_s\": %.6f, \"busy_s\": %.6f, \"rank0_processor_s\": %.6f}\n",
      result.workers, costs.size(), result.status.seconds, result.busy_seconds, used);
}

}  // namespace

int main(int argc, char** argv) {
  const SignalWatch signals;
  const MpiSession mpi(argc, argv);
  try {
    const Options options(argc, argv);
    Mailbox mailbox(MPI_COMM_WORLD);
    if (mpi.rank() == 0)
      farm(options, mailbox, signals);
    else
      serve(mailbox, sleeper(options), signals);
    return 0;
  } catch (const std::exception& e) {
    if (mpi.rank() == 0) std::cerr << "error: " << e.what() << std::endl;
    return 1;
  }
}
