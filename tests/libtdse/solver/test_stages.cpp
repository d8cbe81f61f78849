// What happens between the stages of a run.

#include <catch2/catch.hpp>

#include "libpmd/base/config/config.hpp"
#include "libpmd/model/molecule.hpp"
#include "libtdse/solver/ground_state.hpp"
#include "libtdse/solver/stage_change.hpp"

using namespace bondscope;
using namespace bondscope::tdse;

namespace {

const Discretisation fine{.spacing = 0.5, .roll_off = 0.5, .time_step = 0.2};

void add(const Grid& grid, Field& sum, Complex factor, const Field& term) {
  for (int i = 0; i < grid.nx; ++i)
    for (int j = 0; j < grid.ny; ++j)
      sum.set(i, j, sum.at(i, j) + factor * term.at(i, j));
}

Field packet(const Grid& grid, double x0, double k) {
  Field field(grid);
  for (int i = 0; i < grid.nx; ++i)
    for (int j = 0; j < grid.ny; ++j) {
      const double x = grid.x(i) - x0, y = grid.y(j);
      field.set(i, j, 1e-4 * std::exp(-(x * x + y * y) / 100) * phase(k * x));
    }
  return field;
}

}  // namespace

TEST_CASE("the spectral filter is one below its edge and nothing above") {
  for (const double R : {1.0, 2.0, 8.0}) {
    INFO("R = " << R);
    const BoundStates states(Potential({.R = R}, {}));
    const SpectralFilter filter(fine, states, states.below_all());
    for (double energy = states.below_all(); energy < states.cut() - states.half_edge(); energy += 0.01)
      CHECK(filter.at(energy) == Approx(1).margin(1e-8));
    for (double energy = states.cut() + states.half_edge(); energy < 5; energy += 0.1)
      CHECK(filter.at(energy) == Approx(0).margin(1e-8));
  }
}

TEST_CASE("the bound part is the ground state, whole, and nothing of a free packet") {
  const bool even = GENERATE(false, true), weak = GENERATE(false, true);
  // Half a charge binds with 0.2 hartree, above the edge of H2+'s filter.
  const auto yaml = Config::from_text("centres: [{charge: 0.5, softening: 0.5}]", "weak.yaml");
  const ModelParameters model{.molecules = {Molecule::from_config("weak", yaml)}};
  const RunParameters run{.molecule = weak ? "weak" : "H2+", .R = weak ? 0.0 : 3.0, .angle = even ? 0 : 0.5};
  const Potential potential(run, model);
  const Grid grid = Grid::covering(100, 70, 0.5, even);
  const auto state = ground_state(potential, run.R, fine, true, even);
  const Field bound = embedded(state.grid, state.psi, grid), loose = packet(grid, 60, 1.2);
  Field psi = bound;
  add(grid, psi, 1, loose);
  Field rest = psi;
  add(grid, rest, -1, bound_part(grid, psi, potential, fine, state.energy, {}));
  add(grid, rest, -1, loose);
  CHECK(std::sqrt(squared_norm(grid, rest, {})) < 1e-9);
}

TEST_CASE("changing the step takes what one step moves to what the other moves") {
  // A wave that scatters from the molecule: the same whether the step is changed before or after.
  const bool even = GENERATE(false, true);
  const RunParameters run{.R = 2, .angle = even ? 0 : 0.5};
  const Potential potential(run, {});
  const Grid grid = Grid::covering(90, 70, 0.5, even);
  const Discretisation longer{.spacing = 0.5, .roll_off = 0.5, .time_step = 0.25};
  const SteppedGrid a{grid, fine}, b{grid, longer};
  const auto propagated = [&](Field psi, const Discretisation& numerics, int steps) {
    auto step = SplitStep::real_time(grid, potential, numerics, true);
    for (int n = 0; n < steps; ++n)
      step.advance(psi);
    return psi;
  };
  const Field near = propagated(packet(grid, -25, 1), fine, 100);  // on top of the nuclei
  const Field changed_early = propagated(with_other_step(a, near, b, potential), longer, 80);
  const Field changed_late = with_other_step(a, propagated(near, fine, 100), b, potential);
  const Field unchanged = propagated(near, longer, 80);
  const auto distance = [&](const Field& p, const Field& q) {
    Field difference = p;
    add(grid, difference, -1, q);
    return std::sqrt(squared_norm(grid, difference, {}) / squared_norm(grid, p, {}));
  };
  CHECK(distance(changed_early, changed_late) < 1e-3);
  CHECK(distance(unchanged, changed_late) > 5e-3);
}

TEST_CASE("between equal steps nothing changes but the grid") {
  const Potential potential({}, {});
  const Grid grid = Grid::covering(80, 80, 0.5, true);
  const Field psi = packet(grid, 5, 0.5);
  Field same = with_other_step({grid, fine}, psi, {grid, fine}, potential);
  add(grid, same, -1, psi);
  CHECK(std::sqrt(squared_norm(grid, same, {}) / squared_norm(grid, psi, {})) < 1e-9);
}
