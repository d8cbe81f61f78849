#include "benchmarks/solver/bench.hpp"

#include <array>
#include <cstdio>
#include <iostream>

#include "libpmd/base/config/config.hpp"
#include "libpmd/base/config/find_config.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/text/number.hpp"
#include "libpmd/model/units.hpp"
#include "libpmd/store/store.hpp"
#include "libtdse/solver/run.hpp"

namespace bondscope::tdse::bench {

Preset load_preset(const std::string& name) {
  return Preset::from_config(Config::from_file(find_config("presets", name)));
}

std::string name_of(const RunParameters& run) {
  std::array<char, 120> text{};
  std::snprintf(text.data(), text.size(), "%s, R %g, %ge14", run.molecule.c_str(), run.R,
                run.intensity_w_cm2 / 1e14);
  std::string description = text.data();
  if (run.angle != 0) {
    std::snprintf(text.data(), text.size(), ", α %g°", run.angle / units::degrees);
    description += text.data();
  }
  if (run.cep != 0) description += ", φ " + format_number(run.cep);
  return description;
}

bool aligned(const RunParameters& run) {
  return run.angle == 0;
}

std::string describe(const Grid& grid) {
  return std::to_string(grid.nx) + " × " + std::to_string(grid.ny) + (grid.even ? " (half)" : "");
}

void progress(const std::string& text) {
  std::cerr << text << std::endl;
}

Distribution reference_of(const Bench& bench, std::size_t index) {
  const auto store = Store::open(bench.references, Store::Mode::read);
  const auto where = bench.references.string() + ": ";
  if (store.description().runs != bench.runs)
    throw DataError(where + "holds other runs than the cases; compute it from them again");
  if (store.commit(index).state != RunState::done)
    throw DataError(where + "run " + std::to_string(index) + " is missing; continue it with tdse_farm");
  return {store.pmd(index), store.diagnostics(index)};
}

void put(Row& row, const Comparison& c) {
  row.put("image, mean grey levels", c.image_mean, "%.3f")
      .put("image, largest at W > -4", c.image_largest, "%.2f")
      .put("samples, mean at W > -5", c.samples_mean, "%.3f")
      .put("samples, largest at W > -4", c.samples_largest, "%.2f")
      .put("ΔE0 (hartree)", c.energy, "%+.1e")
      .put("crop edges moved (a.u.)", c.crop_edge, "%.3f")
      .put("image, mean with own crops", c.own_crop_mean, "%.2f");
}

void time_again(TimedRun& timed, Bench& bench, std::size_t index, const Preset& preset) {
  timed.yardstick.take(bench.yardstick.measure());
  const double begin = now();
  auto result = run({bench.runs[index], bench.cases.model, preset});
  timed.seconds.take(now() - begin);
  timed.yardstick.take(bench.yardstick.measure());
  timed.distribution = {std::move(result.pmd), result.diagnostics};
}

TimedRun timed_run(Bench& bench, std::size_t index, const Preset& preset, int repeats) {
  TimedRun timed;
  for (int i = 0; i < repeats; ++i)
    time_again(timed, bench, index, preset);
  return timed;
}

}  // namespace bondscope::tdse::bench
