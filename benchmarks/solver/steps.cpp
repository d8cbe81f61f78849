// One time step on single grids.

#include <array>

#include "benchmarks/solver/bench.hpp"

namespace bondscope::tdse::bench {

void steps(Bench& bench, Report& report) {
  report.note(
      "One core, best of several batches that take turns. FFTW: one transform forward and one backward "
      "(FFTW_MEASURE, in place; of half grids the half that is held). Own: the same number of lines by the "
      "project's kernels, always in the same tile in cache. GFlop/s count 5 n log2 n per transform. Traffic: "
      "the field read and written by two sweeps and the kick read once.");
  Table table("One step");
  for (const bool even : {false, true})
    for (const int n : std::array{320, 480, 720, 800, 1024}) {
      const Grid grid{n, even ? n / 2 : n, 0.5, even};
      const GridTimes& times = bench.grids.of(grid);
      const std::string name = describe(grid);
      table.row()
          .put("grid", name)
          .put("step (ms)", 1e3 * times.step, "%.3f")
          .put("FFTW (ms)", 1e3 * times.fftw, "%.3f")
          .put("own in cache (ms)", 1e3 * times.own, "%.3f")
          .put("step / FFTW", times.step / times.fftw, "%.2f")
          .mark("≤ 1.3", report.at_most("step / bare FFTW, " + name, times.step / times.fftw, 1.3))
          .put("step / own", times.step / times.own, "%.2f")
          .put("step (GFlop/s)", 1e-9 * step_operations(grid) / times.step, "%.1f")
          .put("FFTW (GFlop/s)", 1e-9 * step_operations(grid) / times.fftw, "%.1f")
          .put("own (GFlop/s)", 1e-9 * step_operations(grid) / times.own, "%.1f")
          .put("traffic (MB)", 1e-6 * step_traffic(grid), "%.1f")
          .put("traffic (GB/s)", 1e-9 * step_traffic(grid) / times.step, "%.1f");
      progress("steps: " + name + ": " + std::to_string(1e3 * times.step) + " ms, " +
               std::to_string(times.step / times.fftw) + " of FFTW");
    }
  report.add(std::move(table));
}

}  // namespace bondscope::tdse::bench
