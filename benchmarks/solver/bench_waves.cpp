// Distributions of one store against those of another, run by run; see benchmarks/solver/waves.

#include <iostream>

#include <fmt/format.h>

#include "benchmarks/solver/comparison.hpp"
#include "benchmarks/solver/report.hpp"
#include "libpmd/base/config/config.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/dataset/dataset.hpp"
#include "libpmd/model/pulse_parameters.hpp"
#include "libpmd/store/store.hpp"

using namespace bondscope;
using namespace bondscope::tdse::bench;

namespace {

std::string name_of(const RunParameters& run, const PulseShape& of_all) {
  auto text = fmt::format("{}, R {:g}, {:g}e14, {}", run.molecule, run.R, run.intensity_w_cm2 / 1e14,
                          to_text(shape_of(run, of_all)));
  if (run.cep != 0) text += fmt::format(", φ {:.3g}", run.cep);
  if (run.angle != 0) text += fmt::format(", α {:.3g}", run.angle);
  return text;
}

/// Rows of the runs that both stores have done.
void compare_stores(const std::string& file, const std::string& reference_file, const std::string& settings,
                    Table& table, Report& report) {
  const auto store = Store::open(file, Store::Mode::read),
             reference = Store::open(reference_file, Store::Mode::read);
  const auto& d = store.description();
  if (d.runs != reference.description().runs || d.kx != reference.description().kx ||
      d.ky != reference.description().ky)
    throw DataError(fmt::format("{} and {} have other runs or axes", file, reference_file));
  const auto dataset = DataSet::from_config(Config::from_text(d.configuration, file).section("dataset"));
  for (std::size_t row = 0; row < store.size(); ++row) {
    const auto name = name_of(d.runs[row], dataset.model.pulse);
    if (store.commit(row).state != RunState::done || reference.commit(row).state != RunState::done) {
      std::cerr << name << ": not computed by both\n";
      continue;
    }
    const auto c = compare({store.pmd(row), store.diagnostics(row)},
                           {reference.pmd(row), reference.diagnostics(row)}, d.kx, d.ky);
    Row& line = table.row();
    line.put("run", name)
        .put("settings", settings)
        .put("yield", store.diagnostics(row).yield, "%.2e")
        .put("image, mean grey levels", c.image_mean, "%.3f")
        .put("image, largest at W > -4", c.image_largest, "%.2f")
        .put("samples, mean at W > -5", c.samples_mean, "%.3f")
        .put("samples, largest at W > -4", c.samples_largest, "%.2f")
        .put("seconds", store.diagnostics(row).wall_seconds, "%.0f")
        .put("converged (s)", reference.diagnostics(row).wall_seconds, "%.0f");
    const bool mean_met = report.at_most("mean, " + name, c.image_mean, 0.25);
    const bool largest_met = report.at_most("largest, " + name, c.image_largest, 3);
    line.mark("≤ 0.25 and ≤ 3", mean_met && largest_met);
  }
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 4 || argc % 3 != 1) {
    std::cerr << "usage: bench_waves STORE.h5 CONVERGED.h5 SETTINGS [STORE.h5 CONVERGED.h5 SETTINGS …]\n";
    return 2;
  }
  Report report("Other waves");
  Table table("`production` and converged runs");
  for (int i = 1; i + 2 < argc; i += 3)
    compare_stores(argv[i], argv[i + 1], argv[i + 2], table, report);
  report.add(std::move(table));
  std::cout << report.markdown();
  return report.passed() ? 0 : 3;
} catch (const std::exception& error) {
  std::cerr << "error: " << error.what() << '\n';
  return 1;
}
