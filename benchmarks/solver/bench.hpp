#pragma once

// What the parts of the benchmark share.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "benchmarks/solver/comparison.hpp"
#include "benchmarks/solver/grid_times.hpp"
#include "benchmarks/solver/report.hpp"
#include "benchmarks/solver/timing.hpp"
#include "libpmd/dataset/dataset.hpp"
#include "libtdse/solver/preset.hpp"

namespace bondscope::tdse::bench {

struct Bench {
  DataSet cases;
  std::vector<RunParameters> runs;
  std::filesystem::path folder;      ///< for files that child processes read
  std::filesystem::path references;  ///< a store with the converged runs of all cases
  int repeats = 3;
  Yardstick yardstick;
  GridTimetable grids{yardstick};
};

Preset load_preset(const std::string& name);
/// "H2+, R 2, 3.9e14 W/cm², α 40°"
std::string name_of(const RunParameters& run);
bool aligned(const RunParameters& run);
/// "720 × 360 (half)"
std::string describe(const Grid& grid);
/// One line on stderr.
void progress(const std::string& text);

/// The converged run of a case. Throws DataError if the store has not got it.
Distribution reference_of(const Bench& bench, std::size_t index);
/// To a row: the columns of a comparison.
void put(Row& row, const Comparison& comparison);

struct TimedRun {
  Distribution distribution;
  Best seconds;
  Best yardstick;  ///< before and after each repeat
  double ratio() const { return seconds.value / yardstick.value; }
};
/// run() on one core, once more.
void time_again(TimedRun& timed, Bench& bench, std::size_t index, const Preset& preset);
TimedRun timed_run(Bench& bench, std::size_t index, const Preset& preset, int repeats);

// The parts, each in a file of its own.
void production(Bench& bench, Report& report);
void steps(Bench& bench, Report& report);
void paper(Bench& bench, Report& report);
void quick(Bench& bench, Report& report);
void memory(Bench& bench, Report& report);
void instructions(Bench& bench, Report& report);
void mechanisms(Bench& bench, Report& report);

}  // namespace bondscope::tdse::bench
