// Memory of one run, and how memory and time grow with the box and the range of momenta.

#include <algorithm>

#include "benchmarks/solver/bench.hpp"
#include "benchmarks/solver/child.hpp"

namespace bondscope::tdse::bench {
namespace {

Preset with_box(double half_width, double radius) {
  Preset preset = load_preset("production");
  preset.half_width_x = preset.half_width_y = half_width;
  preset.absorber_radius = radius;
  return preset;
}

/// Axes up to k_max in both directions, and grids whose dispersions hold them.
Preset with_momenta(double k_max, double spacing) {
  Preset preset = load_preset("production");
  preset.momentum.kx_max = preset.momentum.ky_max = k_max;
  preset.per_molecule.clear();
  preset.discretisation.spacing = spacing;
  preset.discretisation.roll_off.y = 0.5;
  if (preset.outer) {
    auto& outer = preset.outer->discretisation;
    const double finer = std::min(1.0, 3 / k_max);
    outer.spacing *= finer;
    outer.time_step *= finer * finer;
  }
  // Later the fastest have left; what may remain is up to 0.8 of the axes.
  for (LateStage& late : preset.late_stages) {
    if (late.delay > 0) continue;
    const double finer = std::min(1.0, 2.1 / k_max / late.discretisation.spacing);
    late.discretisation.spacing *= finer;
    late.discretisation.time_step *= finer * finer;
  }
  return preset;
}

}  // namespace

void memory(Bench& bench, Report& report) {
  constexpr std::size_t straight = 0, tilted = 1;
  constexpr int few_events = 20;
  report.note(
      "Each run in a process of its own, one core; memory is the peak of resident memory (VmHWM), "
      "the program itself included. Of `paper` only " +
      std::to_string(few_events) + " steps, by which all of its memory is in use.");
  Table presets("Memory of one run");
  const auto add = [&](const std::string& preset, std::size_t index, int events) {
    const auto run = run_in_child(bench, index, load_preset(preset), 1, events);
    presets.row()
        .put("preset", "`" + preset + "`")
        .put("case", name_of(bench.runs[index]))
        .put("largest grid", run.largest)
        .put("peak memory (MiB)", run.peak_mib, "%.0f");
    progress("memory: " + preset + ", " + name_of(bench.runs[index]) + ": " + std::to_string(run.peak_mib) +
             " MiB");
  };
  add("quick", straight, 0);
  add("quick", tilted, 0);
  add("production", straight, 0);
  add("production", tilted, 0);
  add("paper", straight, few_events);
  report.add(std::move(presets));

  Table growth("Growth, `production`, " + name_of(bench.runs[straight]));
  double base = 0;
  const auto vary = [&](const std::string& name, const Preset& preset) {
    const auto run = run_in_child(bench, straight, preset, bench.repeats);
    if (base == 0) base = run.ratio();
    growth.row()
        .put("variant", name)
        .put("largest grid", run.largest)
        .put("steps", run.steps)
        .put("seconds", run.seconds.value, "%.2f")
        .put("yardsticks", run.ratio(), "%.0f")
        .put("of the first", run.ratio() / base, "%.2f")
        .put("peak memory (MiB)", run.peak_mib, "%.0f");
    progress("memory: " + name + ": " + std::to_string(run.seconds.value) + " s, " +
             std::to_string(run.peak_mib) + " MiB");
  };
  vary("`production`: box 180, absorber from 150, k up to 3 and 2.5, Δ 0.5625", load_preset("production"));
  vary("box 120, absorber from 80", with_box(120, 80));
  vary("box 180, absorber from 140", with_box(180, 140));
  vary("box 240, absorber from 200", with_box(240, 200));
  vary("k up to 2.2, Δ 0.55", with_momenta(2.2, 0.55));
  vary("k up to 3 in both directions, Δ 0.5", with_momenta(3, 0.5));
  vary("k up to 4, Δ 0.39", with_momenta(4, 0.39));
  report.add(std::move(growth));
}

}  // namespace bondscope::tdse::bench
