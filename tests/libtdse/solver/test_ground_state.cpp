#include <catch2/catch.hpp>

#include "libpmd/base/config/config.hpp"
#include "libpmd/base/config/find_config.hpp"
#include "libpmd/model/molecule.hpp"
#include "libpmd/model/units.hpp"
#include "libtdse/solver/ground_state.hpp"
#include "libtdse/solver/plan.hpp"
#include "libtdse/solver/split_step.hpp"

using namespace bondscope;
using namespace bondscope::tdse;

namespace {

/// As a run at 4e14 W/cm² uses them.
Discretisation numerics(const std::string& preset, const std::string& molecule, double R) {
  const RunParameters run{.molecule = molecule, .R = R, .intensity_w_cm2 = 4e14};
  const Plan plan(run, {}, Preset::from_config(Config::from_file(find_config("presets", preset))));
  return plan.schedule().stages.front().numerics;
}

struct Reference {
  std::string molecule;
  double R, ionisation_potential_ev;
};
// Literature values of the model; for HeH+ 1.66 hartree at R = 1.4.
const std::vector<Reference> references{{"H2+", 1, 34.95},   {"H2+", 1.5, 32.62}, {"H2+", 2, 30.24},
                                        {"H2+", 2.5, 28.06}, {"H2+", 3, 26.16},   {"H2+", 4, 23.17},
                                        {"H2+", 6, 19.72},   {"H2+", 8, 18.17}};

void check_energies(const std::string& preset, double tolerance) {
  for (const auto& [molecule, R, ionisation_potential_ev] : references) {
    const auto state = ground_state(Potential({.molecule = molecule, .R = R}, {}), R,
                                    numerics(preset, molecule, R), true, true);
    INFO(preset << " " << molecule << " R = " << R);
    CHECK(std::abs(state.energy + ionisation_potential_ev / units::ev) < tolerance);
    CHECK(state.residual < 1e-11);
  }
}

}  // namespace

TEST_CASE("ground-state energies in quick") {
  check_energies("quick", 1e-3);
}
TEST_CASE("ground-state energies in production") {
  check_energies("production", 3e-4);
}

TEST_CASE("HeH+ has the ionisation potential of the model, 1.66 at R = 1.4") {
  for (const char* preset : {"quick", "production"}) {
    const auto state = ground_state(Potential({.molecule = "HeH+", .R = 1.4}, {}), 1.4,
                                    numerics(preset, "HeH+", 1.4), true, true);
    CHECK(state.energy == Approx(-1.66).margin(0.005));
    // Converged value, spacing 0.25 and time step 0.045.
    CHECK(std::abs(state.energy + 1.657148) < (std::string(preset) == "quick" ? 1e-3 : 3e-4));
  }
}

TEST_CASE("at large R the start state is even and does not mix with the odd state beside it") {
  const auto state =
      ground_state(Potential({.R = 12, .angle = 0.7}, {}), 12, numerics("quick", "H2+", 12), true, false);
  const Grid& grid = state.grid;
  double odd = 0;
  for (int i = 0; i < grid.nx; ++i)
    for (int j = 0; j < grid.ny; ++j)
      odd = std::max(odd, std::abs(state.psi.at(i, j) - state.psi.at(grid.nx - 1 - i, grid.ny - 1 - j)));
  CHECK(odd < 1e-13);
  CHECK(state.residual < 1e-11);
}

TEST_CASE(
    "it is real and positive in the middle of a kick, so that amplitudes have the phase that they are said "
    "to have") {
  const Potential potential({.R = 3}, {});
  const auto settings = numerics("quick", "H2+", 3);
  const auto state = ground_state(potential, 3, settings, true, true);
  Field reversed = state.psi;
  SplitStep::real_time(state.grid, potential, settings, true).reverse(reversed);
  double largest = 0, smallest = 0;
  for (int i = 0; i < state.grid.nx; ++i)
    for (int j = 0; j < state.grid.ny; ++j) {
      largest = std::max(largest, std::abs(reversed.at(i, j) - state.psi.at(i, j)));
      smallest = std::min(smallest, state.psi.at(i, j).real());
    }
  CHECK(largest < 1e-7);
  CHECK(smallest > -1e-7);
}

TEST_CASE("states that lie near to each other are told apart") {
  const ModelParameters model{.molecules = {Molecule::from_file(find_config("molecules", "bent"))}};
  for (const double R : {5.0, 8.0}) {
    INFO("R = " << R);
    const Potential potential(
        {.molecule = "bent", .R = R, .angle = 0.7, .declared = {{"bend", 105 * units::degrees}}}, model);
    const auto state = ground_state(potential, potential.extent(), numerics("quick", "H2+", 2), true, false);
    CHECK(state.residual < 1e-8);
  }
}

TEST_CASE("on half the grid it is the same state") {
  const Potential potential({.R = 2}, {});
  const auto whole = ground_state(potential, 2, numerics("quick", "H2+", 2), true, false);
  const auto half = ground_state(potential, 2, numerics("quick", "H2+", 2), true, true);
  CHECK(std::abs(whole.energy - half.energy) < 1e-12);
  REQUIRE(whole.grid.ny == 2 * half.grid.ny);
  const Complex turn = std::conj(whole.psi.at(whole.grid.nx / 2, whole.grid.ny / 2)) *
                       half.psi.at(half.grid.nx / 2, half.grid.column(0));
  double difference = 0;
  for (int i = 0; i < half.grid.nx; ++i)
    for (int n = 0; n < half.grid.ny; ++n)
      difference = std::max(difference, std::abs(whole.psi.at(i, half.grid.ny + n) * turn / std::abs(turn) -
                                                 half.psi.at(i, half.grid.column(n))));
  CHECK(difference < 1e-10);
}

TEST_CASE("the state ends at the rim of its box") {
  const auto state = ground_state(Potential({}, {}), 2, numerics("quick", "H2+", 2), true, true);
  CHECK(squared_norm(state.grid, state.psi, {}) == Approx(1).epsilon(1e-12));
  CHECK(std::abs(state.psi.at(0, state.grid.column(0))) < 1e-10);
  CHECK(std::abs(state.psi.at(state.grid.nx / 2, state.grid.column(state.grid.ny - 1))) < 1e-10);
}
