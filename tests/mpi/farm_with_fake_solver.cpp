// The farm with a solver that only pretends: as fast or slow as asked for, and failing where asked to. What
// it "computes" depends on the parameters alone, so that farms can be compared bit for bit.
//
//   farm_with_fake_solver STORE [runs=40] [kx=64] [ky=64] [seconds=0] [fail=3,5] [seed=0]
//
// `seconds` per run; `fail` lists runs that throw NumericsError. Prints "committed N" whenever the master has
// heard of more runs done, and ends with the farm's exit codes.

#include <cmath>
#include <cstdio>
#include <iostream>
#include <map>
#include <set>
#include <sstream>
#include <thread>

#include "libtdse/base/error.hpp"
#include "libtdse/farm/master.hpp"
#include "libtdse/farm/mpi_session.hpp"
#include "libtdse/farm/prepare.hpp"
#include "libtdse/farm/worker.hpp"

namespace {

struct Options {
  std::string store;
  std::size_t runs = 40, kx = 64, ky = 64;
  double seconds = 0, seed = 0;
  std::set<int> failing;

  Options(int argc, char** argv) : store(argc > 1 ? argv[1] : "") {
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
      else if (key == "fail") {
        std::istringstream list(value);
        for (std::string run; std::getline(list, run, ',');)
          failing.insert(std::stoi(run));
      } else
        throw tdse::ConfigError("unknown argument " + argument);
    }
  }

  tdse::StoreDescription describe() const {
    tdse::StoreDescription d;
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

  tdse::RunResult solve(const tdse::RunParameters& run, const tdse::RunMonitor& monitor) const {
    constexpr int steps = 20;
    for (int step = 1; step <= steps; ++step) {
      if (seconds > 0) std::this_thread::sleep_for(std::chrono::duration<double>(seconds / steps));
      if (!monitor(static_cast<double>(step) / steps)) throw tdse::Interrupted("stopped");
    }
    if (failing.count(static_cast<int>(run.R) - 1)) throw tdse::NumericsError("pretended to fail");
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
  return [&options](const std::string&) -> tdse::Solver {
    return
        [&options](const auto& run, const auto& monitor, const auto&) { return options.solve(run, monitor); };
  };
}

int farm(const Options& options, tdse::Mailbox& mailbox, const tdse::SignalWatch& signals) {
  tdse::Crew crew(mailbox);
  try {
    const auto description = options.describe();
    const auto store = tdse::prepare_store(options.store, description);
    std::vector<double> costs;
    for (std::size_t i = 0; i < options.runs; ++i)
      costs.push_back(static_cast<double>(i % 7 + 1));
    auto plan = tdse::make_plan(store.commits, costs);
    const std::size_t done = options.runs - plan.size();
    std::size_t reported = done;
    const auto report = [&](const tdse::FarmStatus& status) {
      if (status.done == reported) return;
      reported = status.done;
      std::printf("committed %zu\n", reported);
      std::fflush(stdout);
    };
    const auto result = tdse::run_farm(crew, options.store, tdse::Ledger(options.runs, done, std::move(plan)),
                                       factory(options), signals, report);
    report(result.status);
    for (const auto& failure : result.failures)
      std::printf("failed %zu: %s\n", failure.run, failure.reason.c_str());
    if (!result.broken.empty()) throw tdse::FileError(result.broken);
    return result.unfinished > 0 ? 75 : result.failures.empty() ? 0 : 3;
  } catch (const std::exception& e) {
    std::cerr << "error: " << e.what() << std::endl;
    return 1;
  }
}

}  // namespace

int main(int argc, char** argv) {
  const tdse::SignalWatch signals;
  const tdse::MpiSession mpi(argc, argv);
  const Options options(argc, argv);
  tdse::Mailbox mailbox(MPI_COMM_WORLD);
  if (mpi.rank() == 0) return farm(options, mailbox, signals);
  tdse::serve(mailbox, factory(options), signals);
  return 0;
}
