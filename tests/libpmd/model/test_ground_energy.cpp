#include <catch2/catch.hpp>

#include "libpmd/base/config/config.hpp"
#include "libpmd/model/ground_energy.hpp"
#include "libpmd/model/molecule.hpp"
#include "libpmd/model/units.hpp"

using namespace bondscope;

TEST_CASE("the ground state's energy is bounded from above within 2 %") {
  // Converged energies of the solver, eV.
  const std::pair<double, double> h2[] = {{1, 34.95}, {1.5, 32.62}, {2, 30.24}, {2.5, 28.06},
                                          {3, 26.16}, {4, 23.17},   {6, 19.72}, {8, 18.17}};
  for (const auto& [R, binding] : h2)
    for (const double angle : {0.0, 0.7}) {
      INFO("R = " << R);
      const double found = -ground_energy(Potential({.R = R, .angle = angle}, {})) * units::ev;
      CHECK(found < binding + 0.006);
      CHECK(found > 0.98 * binding);
    }
  const double heh = -ground_energy(Potential({.molecule = "HeH+", .R = 1.4}, {}));
  CHECK(heh < 1.665);
  CHECK(heh > 0.98 * 1.66);
}

TEST_CASE("a weak nucleus binds an electron far out") {
  // A point charge Z binds by 2Z² in the plane, a soft one by less.
  const auto yaml = Config::from_text("centres: [{charge: 0.15, softening: 0.5}]", "weak.yaml");
  const ModelParameters model{.molecules = {Molecule::from_config("weak", yaml)}};
  const double energy = ground_energy(Potential({.molecule = "weak"}, model));
  CHECK(energy > -0.045);
  CHECK(energy < -0.02);
}

TEST_CASE("nuclei in one place, far apart, and any softening have an energy") {
  CHECK(ground_energy(Potential({.R = 0}, {})) < ground_energy(Potential({.R = 1}, {})));
  CHECK(ground_energy(Potential({.R = 1e-5}, {})) ==
        Approx(ground_energy(Potential({.R = 0}, {}))).epsilon(1e-4));
  CHECK(ground_energy(Potential({.R = 50}, {})) < -0.5);
  CHECK(ground_energy(Potential({.R = 2}, {.softening = 1})) == Approx(-25.4 / units::ev).epsilon(0.01));
}
