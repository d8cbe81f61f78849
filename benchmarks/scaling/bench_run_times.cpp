// Processor time of single runs beside their expected cost, as the lines of a farm's journal: run times for
// the simulation that depend less on who else uses the machine than wall times do.
//   bench_run_times DATASET PRESET FIRST LAST
// Solves the runs FIRST to LAST - 1 of a data set, one after the other on one thread; stores nothing.

#include <cstdlib>
#include <ctime>
#include <iostream>

#include <nlohmann/json.hpp>

#include "libpmd/base/error.hpp"
#include "libtdse/farm/configuration.hpp"
#include "libtdse/farm/mpi_session.hpp"

using namespace bondscope;
using namespace bondscope::tdse;

namespace {

double processor_time() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

void measure(const std::string& dataset, const std::string& preset, std::size_t first, std::size_t last) {
  const auto farm =
      FarmConfiguration::load({.dataset = dataset, .preset = preset, .set = {}, .runs = {}, .seed = {}});
  const auto runs = farm.dataset.draw();
  if (first >= last || last > runs.size())
    throw ConfigError("expected 0 <= FIRST < LAST <= " + std::to_string(runs.size()) + ", the runs of " +
                      dataset);
  const auto costs = farm.forecast(runs).costs;
  const Solver solver = tdse_solver(farm.resolved(), {});
  for (std::size_t run = first; run < last; ++run) {
    const double begin = processor_time();
    solver(runs[run], {}, {});
    const double seconds = processor_time() - begin;
    std::cout << nlohmann::ordered_json{{"event", "assign"}, {"run", run}, {"cost", costs[run]}} << '\n'
              << nlohmann::ordered_json{{"event", "done"}, {"run", run}, {"seconds", seconds}} << std::endl;
  }
}

}  // namespace

int main(int argc, char** argv) {
  const MpiSession mpi(argc, argv);
  try {
    if (argc != 5) throw ConfigError("bench_run_times DATASET PRESET FIRST LAST");
    measure(argv[1], argv[2], std::strtoul(argv[3], nullptr, 10), std::strtoul(argv[4], nullptr, 10));
    return 0;
  } catch (const std::exception& e) {
    std::cerr << "error: " << e.what() << '\n';
    return 1;
  }
}
