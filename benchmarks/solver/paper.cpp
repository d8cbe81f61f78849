// `paper` beside `production`: a run of hours, of which some hundred steps are timed.

#include "benchmarks/solver/bench.hpp"
#include "benchmarks/solver/timing.hpp"
#include "libpmd/base/error.hpp"
#include "libtdse/solver/plan.hpp"
#include "libtdse/solver/run.hpp"

namespace bondscope::tdse::bench {
namespace {

struct Sample {
  double start = 0;  ///< seconds until the first step is done
  double step = 0;   ///< seconds of a step with the absorption event that follows each, the median
  double yardstick = 0;
};

/// The monitor is asked after every step, since there the absorber is applied.
Sample time_steps(Bench& bench, const RunParameters& parameters, const Preset& preset, std::size_t count) {
  Best yardstick;
  yardstick.take(bench.yardstick.measure());
  const double begin = now();
  std::vector<double> moments;
  try {
    run({parameters, bench.cases.model, preset}, [&](double) {
      moments.push_back(now());
      return moments.size() <= count;
    });
  } catch (const Interrupted&) {
    // as asked for
  }
  yardstick.take(bench.yardstick.measure());
  std::vector<double> seconds;
  for (std::size_t i = 1; i < moments.size(); ++i)
    seconds.push_back(moments[i] - moments[i - 1]);
  return {moments.front() - begin, median(std::move(seconds)), yardstick.value};
}

}  // namespace

void paper(Bench& bench, Report& report) {
  constexpr std::size_t timed_steps = 300;
  const Preset preset = load_preset("paper"), fast = load_preset("production");
  Table table("`paper` and `production`, one core");
  for (const std::size_t index : {std::size_t{0}, std::size_t{1}}) {
    const auto& parameters = bench.runs[index];
    const auto best = timed_run(bench, index, fast, bench.repeats);
    const auto stage = Plan(parameters, bench.cases.model, preset).schedule().stages.front();
    const auto sample = time_steps(bench, parameters, preset, timed_steps);
    const double seconds = sample.start + static_cast<double>(stage.steps - 1) * sample.step;
    const double cheaper = seconds / sample.yardstick / best.ratio();
    table.row()
        .put("case", name_of(parameters))
        .put("grid", describe(stage.grid))
        .put("steps", static_cast<double>(stage.steps), "%.0f")
        .put("start (s)", sample.start, "%.1f")
        .put("one step (s)", sample.step, "%.3f")
        .put("`paper` (s)", seconds, "%.0f")
        .put("`paper` (yardsticks)", seconds / sample.yardstick, "%.0f")
        .put("`production` (s)", best.seconds.value, "%.2f")
        .put("`production` (yardsticks)", best.ratio(), "%.0f")
        .put("`paper` / `production`", cheaper, "%.0f")
        .mark("≥ 1000", report.at_least("`paper` / `production`, " + name_of(parameters), cheaper, 1000));
    progress("paper: " + name_of(parameters) + ": " + std::to_string(sample.step) + " s per step, " +
             std::to_string(cheaper) + " times production");
  }
  report.note("Of `paper`, " + std::to_string(timed_steps) +
              " steps are timed, each with the mask and the momentum amplitude after it as everywhere in the "
              "run; their median is multiplied by their number, since all steps cost the same. The rest of "
              "the run is not computed. The "
              "ratio is that of yardsticks.");
  report.add(std::move(table));
}

}  // namespace bondscope::tdse::bench
