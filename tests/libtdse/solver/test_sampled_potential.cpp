#include <cmath>

#include <catch2/catch.hpp>

#include "libpmd/model/units.hpp"
#include "libtdse/solver/ground_state.hpp"
#include "libtdse/solver/sampled_potential.hpp"

using namespace bondscope;
using namespace bondscope::tdse;

namespace {

constexpr double spacing = 0.55;
const Discretisation plain{.spacing = spacing}, filtered{.spacing = spacing, .band_limited = true};

/// ∫V exp(-iq·r) d²r of H2+ for q ≠ 0: two centres at ±R/2, each -2π exp(-√a q)/q.
double transform(const RunParameters& run, double qx, double qy) {
  const double q = std::hypot(qx, qy);
  const double across = 0.5 * run.R * (qx * std::cos(run.angle) + qy * std::sin(run.angle));
  return -2 * std::cos(across) * 2 * units::pi * std::exp(-std::sqrt(ModelParameters{}.softening) * q) / q;
}

}  // namespace

TEST_CASE("filtering takes out of the samples what plain ones fold back from beyond the Nyquist momentum") {
  const RunParameters run{.R = 2, .angle = 0.7};
  const Potential potential(run, {});
  const Grid grid{96, 96, spacing};
  const SampledPotential with(grid, potential, filtered, 0), without(grid, potential, plain, 0);
  const double period = 2 * grid.nyquist();
  double largest_folded = 0;
  for (const double qx : {0.0, 1.0, -2.1, 3.2})
    for (const double qy : {0.3, -1.7, 3.0}) {
      Complex taken_out = 0;
      for (int i = 0; i < grid.nx; ++i)
        for (int j = 0; j < grid.ny; ++j)
          taken_out +=
              (without.at(i, j) - with.at(i, j)) * grid.cell() * phase(-qx * grid.x(i) - qy * grid.y(j));
      // Points lie half a spacing beside the origin.
      double folded = 0;
      for (int m = -3; m <= 3; ++m)
        for (int n = -3; n <= 3; ++n)
          if (m != 0 || n != 0)
            folded += ((m + n) % 2 == 0 ? 1 : -1) * transform(run, qx + m * period, qy + n * period);
      INFO("q = (" << qx << ", " << qy << ")");
      // The filter passes to 1e-5, of the transform that grows as 1/q.
      CHECK(std::abs(taken_out - folded) < 1e-5 * (1 + 4 * units::pi / std::hypot(qx, qy)));
      largest_folded = std::max(largest_folded, std::abs(folded));
    }
  CHECK(largest_folded > 3e-3);
}

TEST_CASE("a filtered potential ends where it meets the plain one") {
  const Potential potential({.R = 2}, {});
  const Grid grid{96, 96, spacing};
  const SampledPotential with(grid, potential, filtered, 0.2), without(grid, potential, plain, 0.2);
  double far = 0, near = 0;
  for (int i = 0; i < grid.nx; ++i)
    for (int j = 0; j < grid.ny; ++j) {
      double& largest = std::hypot(grid.x(i), grid.y(j)) > 4 ? far : near;
      largest = std::max(largest, std::abs(with.at(i, j) - without.at(i, j)));
    }
  CHECK(near > 1e-3);
  CHECK(far < 3e-5);
}

TEST_CASE("samples do not depend on who holds them, nor on the size of the box") {
  const Potential potential({.molecule = "HeH+", .R = 3, .angle = 0.4}, {});
  const Grid grid{64, 48, spacing}, larger{96, 80, spacing};
  const SampledPotential whole(grid, potential, filtered, 0.2), wide(larger, potential, filtered, 0.2);
  for (const Part rows : {Part{0, 16}, Part{16, 32}, Part{32, 48}, Part{48, 64}}) {
    const SampledPotential part(grid, rows, potential, filtered, 0.2);
    for (int i = rows.first; i < rows.last; ++i)
      for (int j = 0; j < grid.ny; ++j) {
        REQUIRE(part.at(i, j) == whole.at(i, j));
        REQUIRE(wide.at(i + 16, j + 16) == whole.at(i, j));
      }
  }
}

TEST_CASE("samples have the symmetry of the potential, bit for bit") {
  const Grid grid{64, 48, spacing}, half{64, 24, spacing, true};
  const Potential tilted({.R = 2, .angle = 0.7}, {}), aligned({.molecule = "HeH+", .R = 2}, {});
  const SampledPotential inverted(grid, tilted, filtered, 0.2), mirrored(grid, aligned, filtered, 0.2),
      held(half, aligned, filtered, 0.2);
  for (int i = 0; i < grid.nx; ++i)
    for (int j = 0; j < grid.ny; ++j) {
      REQUIRE(inverted.at(i, j) == inverted.at(grid.nx - 1 - i, grid.ny - 1 - j));
      REQUIRE(mirrored.at(i, j) == mirrored.at(i, grid.ny - 1 - j));
      if (j >= half.ny) REQUIRE(mirrored.at(i, j) == held.at(i, half.column(j - half.ny)));
    }
}

TEST_CASE("a filtered potential binds on a coarse grid as on a fine one, wherever its nuclei lie") {
  for (const double angle : {0.0, 0.7}) {
    const Potential potential({.R = 2, .angle = angle}, {});
    const auto energy = [&](bool band_limited) {
      const Discretisation numerics{
          .spacing = spacing, .roll_off = {0.6, 0.45}, .time_step = 0.2, .band_limited = band_limited};
      return ground_state(potential, 2, numerics, true, angle == 0).energy;
    };
    INFO("angle " << angle);
    CHECK(std::abs(energy(true) + 1.111410) < 2e-5);
    CHECK(std::abs(energy(false) + 1.111410) > 4e-5);
  }
}
