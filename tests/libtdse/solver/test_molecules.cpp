// Molecules of configs/molecules on the way to their distributions, and which of these are mirror images.

#include <cmath>

#include <catch2/catch.hpp>

#include "libpmd/base/config/config.hpp"
#include "libpmd/base/config/find_config.hpp"
#include "libpmd/images/image.hpp"
#include "libpmd/model/symmetry.hpp"
#include "libpmd/model/units.hpp"
#include "libtdse/solver/run.hpp"
#include "tests/libtdse/solver/quick_runs.hpp"

using namespace bondscope;
using namespace bondscope::tdse;

namespace {

const ModelParameters& model() {
  static const ModelParameters all = [] {
    ModelParameters with;
    for (const char* name : {"H3++", "atom", "bent"})
      with.molecules.push_back(Molecule::from_file(find_config("molecules", name)));
    return with;
  }();
  return all;
}

const RunParameters atom{.molecule = "atom", .R = 0, .intensity_w_cm2 = 1e14};
const RunParameters h3{.molecule = "H3++", .R = 4, .intensity_w_cm2 = 2e14, .declared = {{"R2", 5}}};
const RunParameters bent{.molecule = "bent",
                         .R = 2,
                         .intensity_w_cm2 = 1e14,
                         .cep = 0.4,
                         .angle = 0.7,
                         .declared = {{"bend", 105 * units::degrees}}};

constexpr double rounding = 2e-5;  // the late stages are computed in single precision

}  // namespace

TEST_CASE("the mirror image of a distribution is that of the run that mirror_runs() names") {
  // Every second point is not the same set of points in the mirror.
  const Preset preset = quick({"mechanisms.sparse_sampling=false", "duration=1.2"});
  const RunParameters heh{.molecule = "HeH+", .R = 3, .intensity_w_cm2 = 4e14, .cep = 0.4, .angle = 0.7};
  auto linear = h3;
  linear.angle = 0.7;
  linear.cep = 0.4;
  for (const auto& parameters : {heh, bent, linear}) {
    INFO(parameters.molecule);
    const auto mirror = mirror_runs(parameters, model());
    const auto itself = run({parameters, model(), preset});
    const auto along_ky = run({*mirror.along_ky, model(), preset});
    CHECK(mirrored_difference(itself, along_ky, false, true) < rounding);
    CHECK(mirrored_difference(itself, along_ky, false, false) > 1e-3);
    const auto along_kx = run({*mirror.along_kx, model(), preset});
    CHECK(mirrored_difference(itself, along_kx, true, false) < rounding);
    CHECK(mirrored_difference(itself, along_kx, false, false) > 1e-3);
  }
}

TEST_CASE("an atom's distribution is its own mirror image, and does not depend on the angle") {
  const auto result = run({atom, model(), quick()});
  CHECK(mirrored_difference(result, result, false, true) < rounding);
  auto turned = atom;
  turned.angle = 1;
  CHECK(result.pmd == run({turned, model(), quick()}).pmd);
}

TEST_CASE("late stages do not ring, however weakly the electron is bound") {
  const auto yaml = Config::from_text("centres: [{charge: 0.5, softening: 0.5}]", "weak.yaml");
  const ModelParameters weak{.molecules = {Molecule::from_config("weak", yaml)}};
  const RunParameters parameters{.molecule = "weak", .R = 0, .intensity_w_cm2 = 2e12};
  const auto with = run({parameters, weak, quick()});
  const auto without = run({parameters, weak, quick({"after_pulse=[]"})});
  CHECK(with.diagnostics.ground_state_energy == Approx(-0.196).margin(0.002));
  const auto grey = grey_difference(without.pmd, with.pmd, quick().momentum.ky().size());
  INFO("mean " << grey.mean << ", largest " << grey.largest);
  CHECK(grey.mean < 0.1);
  CHECK(grey.largest < 2);
}

TEST_CASE("half the grid is taken where the centres allow it, whatever the molecule is called") {
  const auto even = [](RunParameters parameters, double angle) {
    parameters.angle = angle;
    return Plan(parameters, model(), quick()).schedule().stages.front().grid.even;
  };
  CHECK(even(atom, 0.3));
  CHECK(even(h3, 0));
  CHECK_FALSE(even(h3, units::pi / 2));
  auto equal = h3;
  equal.declared[0].value = equal.R;
  CHECK(even(equal, units::pi / 2));
  CHECK(even(bent, 0));
  CHECK(even(bent, units::pi));
  CHECK_FALSE(even(bent, 0.3));
}

TEST_CASE("energies, norms and distributions of the example molecules are converged") {
  struct Case {
    RunParameters run;
    double energy;  ///< hartree, converged
  };
  const auto preset = [](std::vector<std::string> settings) {
    settings.insert(settings.end(), {"duration=1.3", "after_pulse=[]"});
    return quick(settings);
  };
  for (const auto& [parameters, energy] : {Case{atom, -0.5}, Case{h3, -1.018}, Case{bent, -0.4439}}) {
    INFO(parameters.molecule);
    const auto usual = run({parameters, model(), preset({})});
    const auto finer = run({parameters, model(), preset({"grid.spacing=0.4", "time_step=0.12"})});
    CHECK(usual.diagnostics.ground_state_energy == Approx(energy).margin(5e-4));
    CHECK(finer.diagnostics.ground_state_energy == Approx(energy).margin(1e-4));
    CHECK(usual.diagnostics.ground_state_residual < 1e-8);
    CHECK(usual.diagnostics.yield == Approx(finer.diagnostics.yield).epsilon(2e-3));
    // Nothing is lost: what left the grid is in the distribution.
    CHECK(usual.diagnostics.yield == Approx(usual.diagnostics.absorbed).epsilon(0.1));
    const auto grey = grey_difference(finer.pmd, usual.pmd, quick().momentum.ky().size());
    CHECK(grey.mean < 0.1);
    CHECK(grey.largest < 8);
  }
}
