#include "libtdse/solver/ground_state.hpp"

#include <algorithm>

#include "libtdse/base/config.hpp"
#include "libtdse/base/error.hpp"
#include "libtdse/model/units.hpp"
#include "libtdse/solver/split_step.hpp"

namespace tdse {
namespace {

constexpr double imaginary_duration = 40, imaginary_step = 0.2;  // a.u.
constexpr double window_duration = 120;                          // resolves states 0.2 hartree apart
constexpr int most_passes = 4;
constexpr double good_residual = 2e-11, bad_residual = 1e-7;

Complex overlap(const Grid& grid, const Field& a, const Field& b) {
  Complex sum = 0;
  for (int i = 0; i < grid.nx; ++i)
    for (int j = 0; j < grid.ny; ++j)
      sum += multiply(std::conj(a.row(i)[j]), b.row(i)[j]);
  return sum;
}

void scale(const Grid& grid, Field& field, double factor) {
  for (int i = 0; i < grid.nx; ++i)
    for (int j = 0; j < grid.ny; ++j)
      field.row(i)[j] *= factor;
}

/// ∫|ψ|² = 1 for a field in position space.
void normalise(const Grid& grid, Field& field) {
  scale(grid, field, 1 / std::sqrt(overlap(grid, field, field).real() * grid.cell()));
}

/// ψ <- (ψ(r) + ψ(-r))/2, for a field in position space. The odd state lies very close at large R.
void make_even(const Grid& grid, Field& field) {
  for (int i = 0; i < grid.nx; ++i)
    for (int j = 0; j < grid.ny; ++j) {
      const int mi = (grid.nx - i) % grid.nx, mj = (grid.ny - j) % grid.ny;
      if (mi * grid.ny + mj < i * grid.ny + j) continue;
      const Complex mean = 0.5 * (field.row(i)[j] + field.row(mi)[mj]);
      field.row(i)[j] = field.row(mi)[mj] = mean;
    }
}

Field imaginary_time_guess(const Grid& grid, const Potential& potential, const Discretisation& numerics) {
  Field psi(grid);
  for (int i = 0; i < grid.nx; ++i)
    for (int j = 0; j < grid.ny; ++j) {
      const double v = potential.value(grid.x(i), grid.y(j));
      const double r = std::hypot(grid.x(i), grid.y(j));
      psi.row(i)[j] = v * v * std::exp(-0.1 * r);
    }
  auto step = SplitStep::imaginary_time(grid, potential, numerics, imaginary_step);
  normalise(grid, psi);
  step.sweeper().to_mixed(psi);
  const int steps = static_cast<int>(imaginary_duration / imaginary_step);
  for (int n = 0; n < steps; ++n) {
    step.advance(psi);
    if (n % 10 == 9) scale(grid, psi, 1 / std::sqrt(overlap(grid, psi, psi).real()));
  }
  step.sweeper().to_position(psi);
  return psi;
}

double blackman_harris(double s) {
  const double a = 2 * units::pi * s;
  return 0.35875 - 0.48829 * std::cos(a) + 0.14128 * std::cos(2 * a) - 0.01168 * std::cos(3 * a);
}

struct Stationarity {
  double energy, residual;
};

/// How one step changes a field ψ(x, ky).
Stationarity stationarity(SplitStep& step, const Field& psi, double dt) {
  const Grid& grid = step.grid();
  Field next(grid);
  for (int i = 0; i < grid.nx; ++i)
    std::copy_n(psi.row(i), grid.ny, next.row(i));
  step.advance(next);
  const Complex c = overlap(grid, psi, next);
  const double energy = -std::arg(c) / dt;
  const Complex turn = phase(-energy * dt);
  double difference = 0;
  for (int i = 0; i < grid.nx; ++i)
    for (int j = 0; j < grid.ny; ++j)
      difference += std::norm(next.row(i)[j] - multiply(turn, psi.row(i)[j]));
  return {energy, std::sqrt(difference / overlap(grid, psi, psi).real())};
}

/// Σ_n w_n exp(iE nΔt) Uⁿ ψ for a field ψ(x, ky).
Field windowed_average(SplitStep& step, Field psi, double energy, double dt) {
  const Grid& grid = step.grid();
  Field sum(grid);
  const int steps = static_cast<int>(window_duration / dt);
  for (int n = 1; n < steps; ++n) {
    step.advance(psi);
    const Complex weight = blackman_harris(static_cast<double>(n) / steps) * phase(energy * n * dt);
    for (int i = 0; i < grid.nx; ++i)
      for (int j = 0; j < grid.ny; ++j)
        sum.row(i)[j] += multiply(weight, psi.row(i)[j]);
  }
  return sum;
}

}  // namespace

double ground_state_half_width(double R) {
  return 0.5 * R + 30;
}

GroundState ground_state(const Potential& potential, double R, const Discretisation& numerics,
                         bool corrected) {
  const double half_width = ground_state_half_width(R), dt = numerics.time_step;
  const Grid grid = Grid::covering(half_width, half_width, numerics.spacing);
  Field psi = imaginary_time_guess(grid, potential, numerics);
  auto step = SplitStep::real_time(grid, potential, numerics, corrected);
  Sweeper& sweeper = step.sweeper();
  Stationarity now{};
  for (int pass = 0;; ++pass) {
    if (potential.inversion_symmetric()) make_even(grid, psi);
    normalise(grid, psi);
    sweeper.to_mixed(psi);
    now = stationarity(step, psi, dt);
    if (now.residual <= good_residual || pass == most_passes) break;
    psi = windowed_average(step, std::move(psi), now.energy, dt);
    sweeper.to_position(psi);
  }
  if (!(now.residual <= bad_residual))
    throw NumericsError("the start state is not stationary: residual " + format_number(now.residual) +
                        " per step, expected at most " + format_number(bad_residual));
  sweeper.to_position(psi);
  return {grid, std::move(psi), now.energy, now.residual};
}

Field embed(const GroundState& state, const Grid& grid) {
  Field psi(grid);
  const int shift_x = grid.nx / 2 - state.grid.nx / 2, shift_y = grid.ny / 2 - state.grid.ny / 2;
  if (shift_x < 0 || shift_y < 0) throw ConfigError("the box is smaller than the ground state");
  for (int i = 0; i < state.grid.nx; ++i)
    std::copy_n(state.psi.row(i), state.grid.ny, psi.row(i + shift_x) + shift_y);
  return psi;
}

}  // namespace tdse
