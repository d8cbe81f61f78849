#include "libtdse/solver/split_step.hpp"

namespace tdse {

SplitStep SplitStep::real_time(const Grid& grid, const Potential& potential, const Discretisation& numerics,
                               bool corrected) {
  const double dt = numerics.time_step;
  return {grid, potential, numerics, Complex(0, dt), corrected ? -dt * dt / 24 : 0.0};
}

SplitStep SplitStep::imaginary_time(const Grid& grid, const Potential& potential,
                                    const Discretisation& numerics, double tau) {
  return {grid, potential, numerics, Complex(tau, 0), 0.0};
}

SplitStep::SplitStep(const Grid& grid, const Potential& potential, const Discretisation& numerics,
                     Complex step, double correction)
    : sweeper_(grid), kick_(grid) {
  for (int i = 0; i < grid.nx; ++i) {
    Complex* const kick = kick_.row(i);
    for (int j = 0; j < grid.ny; ++j) {
      const double x = grid.x(i), y = grid.y(j);
      double v = potential.value(x, y);
      if (correction != 0) v += correction * potential.gradient_squared(x, y);
      kick[j] = std::exp(-step * v) / static_cast<double>(grid.ny);
    }
  }
  const Dispersion dispersion(grid.nyquist(), numerics.roll_off);
  const auto kinetic = [&](int n, double scale) {
    std::vector<Complex> factors;
    for (int i = 0; i < n; ++i) {
      const double k = dispersion.effective_momentum(grid.momentum(i, n));
      factors.push_back(std::exp(-step * (0.5 * k * k)) * scale);
    }
    return factors;
  };
  kinetic_x_ = kinetic(grid.nx, 1.0 / grid.nx);
  kinetic_y_ = kinetic(grid.ny, 1.0);
  for (int i = 0; i < grid.nx; ++i)
    coupling_.push_back(dispersion.coupling_momentum(grid.momentum(i, grid.nx)));
  factor_x_ = kinetic_x_;
}

void SplitStep::drift(Field& field, double delta_excursion) {
  if (delta_excursion != 0)
    for (std::size_t i = 0; i < factor_x_.size(); ++i)
      factor_x_[i] = multiply(kinetic_x_[i], phase(-delta_excursion * coupling_[i]));
  else
    factor_x_ = kinetic_x_;
  sweeper_.columns(field, factor_x_, kinetic_y_);
}

}  // namespace tdse
