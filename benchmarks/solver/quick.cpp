// `quick`: seconds per run.

#include "benchmarks/solver/bench.hpp"

namespace bondscope::tdse::bench {

void quick(Bench& bench, Report& report) {
  const Preset preset = load_preset("quick");
  const int repeats = 2 * bench.repeats;
  report.note("One core, the best of " + std::to_string(repeats) + " runs.");
  Table table("`quick`");
  for (std::size_t i = 0; i < bench.runs.size(); ++i) {
    const auto best = timed_run(bench, i, preset, repeats);
    const std::string name = name_of(bench.runs[i]);
    table.row()
        .put("case", name)
        .put("steps", best.distribution.diagnostics.steps)
        .put("seconds", best.seconds.value, "%.2f")
        .put("yardsticks", best.ratio(), "%.0f")
        .mark("≤ 1.0 s", report.at_most("quick, seconds, " + name, best.seconds.value, 1.0));
    progress("quick: " + name + ": " + std::to_string(best.seconds.value) + " s");
  }
  report.add(std::move(table));
}

}  // namespace bondscope::tdse::bench
