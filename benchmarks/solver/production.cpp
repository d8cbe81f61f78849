// Whole `production` runs: time, error, and how much of the time the Fourier transforms take at least.

#include <algorithm>
#include <array>
#include <numeric>

#include "benchmarks/solver/bench.hpp"
#include "benchmarks/solver/timing.hpp"
#include "libtdse/solver/propagation.hpp"

namespace bondscope::tdse::bench {
namespace {

/// Where the time of a run goes; yardsticks, so that different moments of a noisy machine compare.
struct Breakdown {
  std::vector<GridUse> grids;
  double start = 0;                          ///< start state and first grid
  double steps = 0;                          ///< in the run
  double step_alone = 0, fftw = 0, own = 0;  ///< of the grids' times and counts
};

Breakdown take_apart(Bench& bench, const RunParameters& parameters, const Preset& preset) {
  constexpr int passes = 2;
  Breakdown result;
  Best yardstick, start, steps;
  for (int i = 0; i < passes; ++i) {
    yardstick.take(bench.yardstick.measure());
    const double begin = now();
    Propagation propagation(Plan(parameters, bench.cases.model, preset), {});
    start.take(now() - begin);
    while (!propagation.finished())
      propagation.advance();
    yardstick.take(bench.yardstick.measure());
    result.grids = propagation.grids_used();
    std::erase_if(result.grids, [](const GridUse& use) { return use.steps == 0; });
    steps.take(std::accumulate(result.grids.begin(), result.grids.end(), 0.0,
                               [](double sum, const GridUse& use) { return sum + use.seconds; }));
  }
  result.start = start.value / yardstick.value;
  result.steps = steps.value / yardstick.value;
  for (const GridUse& use : result.grids) {
    const GridTimes& times = bench.grids.of(use.grid, use.single_precision);
    const double unit = static_cast<double>(use.steps) / times.yardstick;
    result.step_alone += times.step * unit;
    result.fftw += times.fftw * unit;
    result.own += times.own * unit;
  }
  return result;
}

nlohmann::json json_of(const std::vector<GridUse>& grids) {
  auto list = nlohmann::json::array();
  for (const auto& [grid, single, steps, seconds] : grids)
    list.push_back({{"nx", grid.nx},
                    {"ny", grid.ny},
                    {"spacing", grid.spacing},
                    {"half", grid.even},
                    {"single precision", single},
                    {"steps", steps},
                    {"seconds", seconds}});
  return list;
}

}  // namespace

void production(Bench& bench, Report& report) {
  const Preset preset = load_preset("production");
  const auto kx = preset.momentum.kx(), ky = preset.momentum.ky();
  report.note(
      "One core. A yardstick is one 720 × 720 complex double transform by FFTW (FFTW_PATIENT, in place), "
      "measured before and after every run. Of " +
      std::to_string(bench.repeats) +
      " runs, and of the yardsticks beside them, the fastest counts. Errors are those against the converged "
      "configuration, in grey levels of the image "
      "(51 per decade); images are on the reference's crop.");
  report.note(
      "Bare transforms: one forward and one backward per step on each grid that the run used, by FFTW "
      "(FFTW_MEASURE; of half grids the half that is held) and by the project's own kernels on lines that "
      "stay in cache. Steps alone: the step on the same grids, by itself, best of several batches.");
  Table time("Time"), errors("Error"), limits("Steps and bare Fourier transforms, in yardsticks"),
      shares("Where the time goes, in yardsticks");
  struct Kind {
    const char* name;
    double goal, sum = 0;
    int cases = 0;
  };
  std::array<Kind, 4> kinds{{{"H2+ along the field", 900},
                             {"H2+, tilted", 1800},
                             {"HeH+ along the field", 1400},
                             {"HeH+, tilted", 3000}}};
  auto grids = nlohmann::json::array();
  for (std::size_t i = 0; i < bench.runs.size(); ++i) {
    const auto& parameters = bench.runs[i];
    const std::string name = name_of(parameters);
    const auto best = timed_run(bench, i, preset, bench.repeats);
    const auto parts = take_apart(bench, parameters, preset);
    const auto reference = reference_of(bench, i);
    const auto error = compare(best.distribution, reference, kx, ky);

    auto& kind = kinds[(parameters.molecule == "H2+" ? 0U : 2U) + (aligned(parameters) ? 0U : 1U)];
    kind.sum += best.ratio();
    ++kind.cases;
    time.row()
        .put("case", name)
        .put("steps", best.distribution.diagnostics.steps)
        .put("seconds", best.seconds.value, "%.2f")
        .put("yardstick (ms)", 1e3 * best.yardstick.value, "%.2f")
        .put("yardsticks", best.ratio(), "%.0f")
        .put("converged run (s)", reference.diagnostics.wall_seconds, "%.0f");

    Row& row = errors.row();
    row.put("case", name);
    put(row, error);
    const bool mean_met = report.at_most("image, mean grey levels, " + name, error.image_mean, 0.25);
    const bool largest_met = report.at_most("image, largest at W > -4, " + name, error.image_largest, 3);
    row.mark("≤ 0.25 and ≤ 3", mean_met && largest_met);

    const auto single = [](const GridUse& use) { return use.single_precision; };
    const auto outer = std::find_if(parts.grids.begin(), parts.grids.end(), single);
    const double step_ratio = parts.step_alone / parts.fftw;
    limits.row()
        .put("case", name)
        .put("grids", static_cast<double>(parts.grids.size()))
        .put("first", describe(parts.grids.front().grid))
        .put("outer, in single precision", outer == parts.grids.end() ? "none" : describe(outer->grid))
        .put("last", describe(parts.grids.back().grid))
        .put("FFTW", parts.fftw, "%.0f")
        .put("own in cache", parts.own, "%.0f")
        .put("steps alone", parts.step_alone, "%.0f")
        .put("steps alone / FFTW", step_ratio, "%.2f")
        .mark("≤ 1.3", report.at_most("steps / bare FFTW, " + name, step_ratio, 1.3))
        .put("steps alone / own", parts.step_alone / parts.own, "%.2f")
        .put("run / FFTW", best.ratio() / parts.fftw, "%.2f")
        .put("run / own", best.ratio() / parts.own, "%.2f");
    shares.row()
        .put("case", name)
        .put("run", best.ratio(), "%.0f")
        .put("start state", parts.start, "%.0f")
        .put("steps", parts.steps, "%.0f")
        .put("absorption and rest", best.ratio() - parts.start - parts.steps, "%.0f")
        .put("steps in the run / alone", parts.steps / parts.step_alone, "%.2f");
    grids.push_back({{"case", name}, {"grids", json_of(parts.grids)}});
    progress("production: " + name + ": " + std::to_string(best.seconds.value) + " s, " +
             std::to_string(best.ratio()) + " yardsticks, image " + std::to_string(error.image_mean) +
             " mean, " + std::to_string(error.image_largest) + " largest; steps / FFTW " +
             std::to_string(step_ratio));
  }
  Table means("Mean over the cases of a kind, in yardsticks");
  for (const auto& kind : kinds) {
    if (kind.cases == 0) continue;
    const double mean = kind.sum / kind.cases;
    means.row()
        .put("kind", kind.name)
        .put("cases", static_cast<double>(kind.cases))
        .put("mean", mean, "%.0f")
        .put("goal", kind.goal)
        .mark("met", report.at_most(std::string("yardsticks, ") + kind.name, mean, kind.goal));
  }
  report.add(std::move(time));
  report.add(std::move(means));
  report.add(std::move(errors));
  report.add(std::move(limits));
  report.add(std::move(shares));
  report.details("grids", std::move(grids));
}

}  // namespace bondscope::tdse::bench
