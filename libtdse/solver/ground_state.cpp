#include "libtdse/solver/ground_state.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include <fmt/format.h>

#include "libpmd/base/error.hpp"
#include "libpmd/base/text/number.hpp"
#include "libpmd/model/symmetry.hpp"
#include "libpmd/model/units.hpp"
#include "libtdse/solver/bound_states.hpp"
#include "libtdse/solver/split_step.hpp"

namespace bondscope::tdse {
namespace {

constexpr double imaginary_duration = 40, imaginary_step = 0.2;  // a.u.
constexpr double window_duration = 120;                          // resolves states 0.2 hartree apart
constexpr int most_passes = 4, most_long_passes = 7;  // of this window, and of longer and longer ones
constexpr double good_residual = 2e-11, enough_residual = 1e-9, bad_residual = 1e-7;

Complex overlap(const Grid& grid, const Field& a, const Field& b) {
  Block sum{};
  for (int i = 0; i < grid.nx; ++i)
    for (int c = 0; c < a.blocks(); ++c) {
      const Block &p = a.row(i)[c], &q = b.row(i)[c];
      for (int l = 0; l < lanes; ++l) {
        sum.re[l] += p.re[l] * q.re[l] + p.im[l] * q.im[l];
        sum.im[l] += p.re[l] * q.im[l] - p.im[l] * q.re[l];
      }
    }
  return {std::accumulate(sum.re, sum.re + lanes, 0.0) * grid.cell(),
          std::accumulate(sum.im, sum.im + lanes, 0.0) * grid.cell()};
}

/// ∫|ψ|² = 1
void normalise(const Grid& grid, Field& field) {
  scale(field, 1 / std::sqrt(overlap(grid, field, field).real()));
}

/// ψ <- (ψ(r) + ψ(-r))/2. The odd state lies very close at large R.
void make_even(const Grid& grid, Field& field) {
  for (int i = 0; i < grid.nx / 2; ++i)
    for (int j = 0; j < grid.ny; ++j) {
      // On an even grid ψ(-x, -y) = ψ(-x, y).
      const int mi = grid.nx - 1 - i, mj = grid.even ? j : grid.ny - 1 - j;
      const Complex mean = 0.5 * (field.at(i, j) + field.at(mi, mj));
      field.set(i, j, mean);
      field.set(mi, mj, mean);
    }
}

Field imaginary_time_guess(const Grid& grid, const Potential& potential, const Discretisation& numerics) {
  Field psi(grid);
  for (int i = 0; i < grid.nx; ++i)
    for (int j = 0; j < grid.ny; ++j) {
      const double v = potential.value(grid.x(i), grid.y(j));
      const double r = std::hypot(grid.x(i), grid.y(j));
      psi.set(i, j, v * v * std::exp(-0.1 * r));
    }
  auto step = SplitStep::imaginary_time(grid, potential, numerics, imaginary_step);
  const int steps = static_cast<int>(imaginary_duration / imaginary_step);
  for (int n = 0; n < steps; ++n) {
    if (n % 10 == 0) normalise(grid, psi);
    step.advance(psi);
  }
  return psi;
}

double blackman_harris(double s) {
  const double a = 2 * units::pi * s;
  return 0.35875 - 0.48829 * std::cos(a) + 0.14128 * std::cos(2 * a) - 0.01168 * std::cos(3 * a);
}

struct Stationarity {
  double energy, residual;
};

/// How one step changes ψ.
Stationarity stationarity(SplitStep& step, const Field& psi, double dt) {
  const Grid& grid = step.grid();
  Field next = psi;
  step.advance(next);
  const double energy = -std::arg(overlap(grid, psi, next)) / dt;
  add(next, -phase(-energy * dt), psi);
  return {energy, std::sqrt(overlap(grid, next, next).real() / overlap(grid, psi, psi).real())};
}

/// Takes away the phase that averages over time leave. The ground state of H is real, and that of U = K V is
/// V^(-1/2) times it: its own reverse.
void make_real(const SplitStep& step, Field& psi) {
  const Grid& grid = step.grid();
  Field reversed = psi;
  step.reverse(reversed);
  Complex back = std::sqrt(overlap(grid, psi, reversed));  // ψ = cφ with φ* = Vφ has the reverse (c*)² ψ
  back /= std::abs(back);
  Complex sum = 0;
  for (int i = 0; i < grid.nx; ++i)
    for (int j = 0; j < grid.ny; ++j)
      sum += psi.at(i, j);
  if ((back * sum).real() < 0) back = -back;
  for (int i = 0; i < grid.nx; ++i)
    for (int j = 0; j < grid.ny; ++j)
      psi.set(i, j, back * psi.at(i, j));
}

/// Σ_n w_n exp(iE nΔt) Uⁿ ψ over a time
Field windowed_average(SplitStep& step, Field psi, double energy, double dt, double time) {
  Field sum(step.grid());
  const int steps = static_cast<int>(time / dt);
  for (int n = 1; n < steps; ++n) {
    step.advance(psi);
    add(sum, blackman_harris(static_cast<double>(n) / steps) * phase(energy * n * dt), psi);
  }
  return sum;
}

}  // namespace

GroundState ground_state(const Potential& potential, double extent, const Discretisation& numerics,
                         bool corrected, bool even) {
  const double half_width = BoundStates(potential).half_width(extent), dt = numerics.time_step;
  const Grid grid = Grid::covering(half_width, half_width, numerics.spacing, even);
  Field psi = imaginary_time_guess(grid, potential, numerics);
  auto step = SplitStep::real_time(grid, potential, numerics, corrected);
  Stationarity now{.residual = std::numeric_limits<double>::infinity()};
  for (int pass = 0;; ++pass) {
    if (symmetry_of(potential).inversion) make_even(grid, psi);
    normalise(grid, psi);
    const double before = std::exchange(now, stationarity(step, psi, dt)).residual;
    if (now.residual <= good_residual) break;
    // Far nuclei that are not alike have states so near to each other that a usual window does not part them.
    const int longer = std::max(0, pass + 1 - most_passes);
    if (longer > 0 && (now.residual <= enough_residual || longer > most_long_passes)) break;
    if (longer > 1 && now.residual > 0.9 * before) break;  // in vain
    psi = windowed_average(step, std::move(psi), now.energy, dt, std::ldexp(window_duration, longer));
  }
  if (!(now.residual <= bad_residual))
    throw NoStartState(
        fmt::format("the start state is not stationary: residual {} per step, expected at most {}; the "
                    "molecule seems to have another state within {:.2g} hartree of its ground state",
                    format_number(now.residual), format_number(bad_residual),
                    24 / std::ldexp(window_duration, most_long_passes)));
  make_real(step, psi);
  return {grid, std::move(psi), now.energy, now.residual};
}

}  // namespace bondscope::tdse
