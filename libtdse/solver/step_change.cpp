#include "libtdse/solver/step_change.hpp"

#include <algorithm>

#include "libpmd/base/error.hpp"
#include "libtdse/fourier/chosen_kernels.hpp"
#include "libtdse/solver/line_operator.hpp"
#include "libtdse/solver/regrid.hpp"

namespace bondscope::tdse {
namespace {

/// V^share for the potential factor of a step.
void kick(const SteppedGrid& on, const Potential& potential, double share, Field& psi) {
  const double dt = on.numerics.time_step;
  for (int i = 0; i < on.grid.nx; ++i)
    for (int j = 0; j < on.grid.ny; ++j) {
      const double x = on.grid.x(i), y = on.grid.y(j);
      const double v = potential.value(x, y) - dt * dt / 24 * potential.gradient_squared(x, y);
      psi.set(i, j, multiply(phase(-share * dt * v), psi.at(i, j)));
    }
}

/// [T, V] as an operation on whole fields.
class Commutator {
 public:
  Commutator(const SteppedGrid& on, const Potential& potential)
      : grid_(on.grid),
        potential_(on.grid),
        kernels_(&chosen_kernels()),
        energy_x_(on.grid.nx, on.grid.spacing, false, energy(on)),
        energy_y_(on.grid.ny, on.grid.spacing, on.grid.even, energy(on)),
        tile_(static_cast<std::size_t>(std::max(on.grid.nx, on.grid.ny))) {
    for (int i = 0; i < grid_.nx; ++i)
      for (int j = 0; j < grid_.ny; ++j)
        potential_.set(i, j, potential.value(grid_.x(i), grid_.y(j)));
  }

  Field operator()(const Field& psi) {
    Field result = kinetic(times_potential(psi));
    add(result, -1, times_potential(kinetic(psi)));
    return result;
  }

 private:
  static std::function<Complex(double)> energy(const SteppedGrid& on) {
    const Dispersion dispersion(on.grid.nyquist(), on.numerics.roll_off);
    return [dispersion](double k) {
      const double k_effective = dispersion.effective_momentum(k);
      return Complex(0.5 * k_effective * k_effective);
    };
  }

  Field times_potential(Field psi) const {
    for (int i = 0; i < grid_.nx; ++i)
      for (int j = 0; j < grid_.ny; ++j)
        psi.set(i, j, potential_.at(i, j).real() * psi.at(i, j));
    return psi;
  }

  Field kinetic(const Field& psi) {
    Field result = psi, along_y = psi;
    kernels_->columns(energy_x_.passes(), energy_x_.factors(), result.row(0), result.stride(), 0,
                      result.blocks(), tile_.data());
    kernels_->rows(energy_y_.passes(), energy_y_.factors(), along_y.row(0), nullptr, along_y.stride(), 0,
                   grid_.nx / lanes, tile_.data());
    add(result, 1, along_y);
    return result;
  }

  Grid grid_;
  Field potential_;
  const Kernels* kernels_;
  LineOperator energy_x_, energy_y_;
  AlignedVector<Block> tile_;
};

}  // namespace

Field with_other_step(const SteppedGrid& from, const Field& psi, const SteppedGrid& to,
                      const Potential& potential) {
  Field result = psi;
  kick(from, potential, 0.5, result);
  const double before = from.numerics.time_step, after = to.numerics.time_step;
  const double epsilon = (after * after - before * before) / 12;
  if (epsilon != 0) {
    // exp(ε[T, V]) to second order; ε is a hundredth or so.
    Commutator commutator(from, potential);
    const Field first = commutator(result), second = commutator(first);
    add(result, epsilon, first);
    add(result, 0.5 * epsilon * epsilon, second);
  }
  result = to.grid.spacing > from.grid.spacing ? resampled(from.grid, result, to.grid)
                                               : embedded(from.grid, result, to.grid);
  kick(to, potential, -0.5, result);
  return result;
}

}  // namespace bondscope::tdse
