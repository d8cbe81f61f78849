#include "libtdse/solver/bound_part.hpp"

#include <algorithm>

#include "libpmd/base/error.hpp"
#include "libpmd/model/units.hpp"
#include "libtdse/solver/regrid.hpp"

namespace bondscope::tdse {
namespace {

constexpr double cut = -0.2;      // hartree
constexpr double duration = 150;  // of the filter to either side
constexpr double margin = 50;     // of the box beyond the nuclei, a.u.
constexpr double taper = 15;      // outermost part of the box, where ψ is faded out

double faded(double position, double half_width) {
  const double s = (half_width - std::abs(position)) / taper;
  return s >= 1 ? 1 : 0.5 * (1 - std::cos(units::pi * std::max(s, 0.0)));
}

constexpr double beta = 20;

/// Kaiser window, 1 at s = 0: the filter is right to 1e-8 beyond about ±beta/duration from its edge.
double window(double s) {
  return std::cyl_bessel_i(0, beta * std::sqrt(1 - s * s)) / std::cyl_bessel_i(0, beta);
}

/// Energies count modulo 2π/Δt: where the fastest electrons of the grid appear, one period down.
double alias_of_fastest(const Discretisation& numerics) {
  const Dispersion dispersion(units::pi / numerics.spacing, numerics.roll_off);
  return dispersion.largest_energy(0) - 2 * units::pi / numerics.time_step;
}

double passband_bottom(const Discretisation& numerics, double deepest) {
  return 0.5 * (deepest + alias_of_fastest(numerics));
}

}  // namespace

bool can_filter(const Discretisation& numerics, double deepest) {
  return deepest - alias_of_fastest(numerics) > 2 * beta / duration;
}

Field bound_part(const Grid& grid, const Field& psi, const Potential& potential, double R,
                 const Discretisation& numerics, double deepest, const Team& team) {
  if (!can_filter(numerics, deepest))
    throw NumericsError("the time step is too long to tell bound electrons apart");
  const double dt = numerics.time_step;
  Grid box = Grid::covering(0.5 * R + margin, 0.5 * R + margin, grid.spacing, grid.even);
  box.nx = std::min(box.nx, grid.nx);
  box.ny = std::min(box.ny, grid.ny);
  Field start = embedded(grid, psi, box);
  for (int i = 0; i < box.nx; ++i)
    for (int j = 0; j < box.ny; ++j)
      start.set(i, j,
                start.at(i, j) * faded(box.x(i), box.half_width_x()) * faded(box.y(j), box.half_width_y()));

  Team threads{std::make_shared<Ranks>(), team.threads};
  auto step = SplitStep::real_time(box, potential, numerics, true, threads);
  const double bottom = passband_bottom(numerics, deepest);
  const int terms = static_cast<int>(duration / dt);
  const auto coefficient = [&](int n) {
    if (n == 0) return Complex(dt * (cut - bottom) / (2 * units::pi));
    return window(static_cast<double>(n) / terms) * (phase(cut * n * dt) - phase(bottom * n * dt)) /
           Complex(0, 2 * units::pi * n);
  };
  Field forward(box), backward(box);
  add(forward, coefficient(0), start);
  Field field = start;
  for (int n = 1; n < terms; ++n) {
    step.advance(field);
    add(forward, coefficient(n), field);
  }
  field = std::move(start);
  step.reverse(field);
  for (int n = 1; n < terms; ++n) {
    step.advance(field);
    add(backward, coefficient(n), field);
  }
  step.reverse(backward);
  add(forward, 1, backward);
  return embedded(box, forward, grid);
}

}  // namespace bondscope::tdse
