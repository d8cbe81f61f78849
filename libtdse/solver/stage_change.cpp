#include "libtdse/solver/stage_change.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "libpmd/base/error.hpp"
#include "libpmd/model/units.hpp"
#include "libtdse/fourier/chosen_kernels.hpp"
#include "libtdse/solver/dispersion.hpp"
#include "libtdse/solver/sampled_potential.hpp"
#include "libtdse/solver/windowed_sinc.hpp"

namespace bondscope::tdse {
namespace {

constexpr double taper = 15;  // outermost part of the filter's box, where ψ is faded out, a.u.

double faded(double position, double half_width) {
  const double s = (half_width - std::abs(position)) / taper;
  return s >= 1 ? 1 : 0.5 * (1 - std::cos(units::pi * std::max(s, 0.0)));
}

constexpr double spectral_beta = 20;

/// Kaiser window, 1 at s = 0: with a duration of spectral_beta/half_edge to either side the filter is right
/// to 1e-8 beyond its edge.
double window(double s) {
  return bessel_i0(spectral_beta * std::sqrt(1 - s * s)) / bessel_i0(spectral_beta);
}

/// Energies count modulo 2π/Δt: where the fastest electrons of the grid appear, one period down.
double alias_of_fastest(const Discretisation& numerics) {
  return Dispersions(numerics).largest_energy(0) - 2 * units::pi / numerics.time_step;
}

/// Beyond the nuclei, a.u.
double margin(const BoundStates& bound) {
  return std::max(50.0, bound.decay_length(30) + taper);
}

}  // namespace

SpectralFilter::SpectralFilter(const Discretisation& numerics, const BoundStates& bound, double deepest)
    : dt_(numerics.time_step),
      bottom_(0.5 * (deepest + alias_of_fastest(numerics))),
      cut_(bound.cut()),
      terms_(static_cast<int>(spectral_beta / bound.half_edge() / dt_)) {}

Complex SpectralFilter::coefficient(int n) const {
  if (n == 0) return {dt_ * (cut_ - bottom_) / (2 * units::pi)};
  return window(static_cast<double>(n) / terms_) * (phase(cut_ * n * dt_) - phase(bottom_ * n * dt_)) /
         Complex(0, 2 * units::pi * n);
}

double SpectralFilter::at(double energy) const {
  double sum = coefficient(0).real();
  for (int n = 1; n < terms_; ++n)
    sum += 2 * multiply(coefficient(n), phase(-energy * n * dt_)).real();
  return sum;
}

bool can_filter(const Discretisation& numerics, const BoundStates& bound, double deepest) {
  return deepest - alias_of_fastest(numerics) > 2 * bound.half_edge();
}

Field bound_part(const Grid& grid, const Field& psi, const Potential& potential,
                 const Discretisation& numerics, double deepest, const Team& team) {
  const BoundStates bound(potential);
  if (!can_filter(numerics, bound, deepest))
    throw NumericsError("the time step is too long to tell bound electrons apart");
  const double half_width = 0.5 * potential.extent() + margin(bound);
  Grid box = Grid::covering(half_width, half_width, grid.spacing, grid.even);
  box.nx = std::min(box.nx, grid.nx);
  box.ny = std::min(box.ny, grid.ny);
  Field start = embedded(grid, psi, box);
  for (int i = 0; i < box.nx; ++i)
    for (int j = 0; j < box.ny; ++j)
      start.set(i, j,
                start.at(i, j) * faded(box.x(i), box.half_width_x()) * faded(box.y(j), box.half_width_y()));

  Team threads{std::make_shared<Ranks>(), team.threads};
  auto step = SplitStep::real_time(box, potential, numerics, true, threads);
  const SpectralFilter filter(numerics, bound, deepest);
  Field forward(box), backward(box);
  add(forward, filter.coefficient(0), start);
  Field field = start;
  for (int n = 1; n < filter.terms(); ++n) {
    step.advance(field);
    add(forward, filter.coefficient(n), field);
  }
  field = std::move(start);
  step.reverse(field);
  for (int n = 1; n < filter.terms(); ++n) {
    step.advance(field);
    add(backward, filter.coefficient(n), field);
  }
  step.reverse(backward);
  add(forward, 1, backward);
  return embedded(box, forward, grid);
}

namespace {

/// What points of a periodic line become where it is evaluated elsewhere with fewer Fourier components.
class Interpolation {
 public:
  Interpolation(int points, double from_spacing, double to_spacing)
      : length_(points * from_spacing), points_(points) {
    // Frequencies -m … m below the coarser Nyquist momentum.
    const double coarser = std::max(from_spacing, to_spacing);
    const int m = static_cast<int>(std::ceil(0.5 * length_ / coarser - 1e-9)) - 1;
    terms_ = 2 * m + 1;
  }

  /// Weight of a point at a distance, Σ exp(2πi m distance/length)/points; 0 at positions outside the line.
  double weight(double to, double from) const {
    if (std::abs(to) > 0.5 * length_) return 0;
    const double half_angle = units::pi * (to - from) / length_, denominator = std::sin(half_angle);
    if (std::abs(denominator) < 1e-12) return static_cast<double>(terms_) / points_;
    return std::sin(terms_ * half_angle) / (denominator * points_);
  }

 private:
  double length_;
  int points_, terms_;
};

/// Weight of old point j in new point i, [i][j].
std::vector<double> weights_x(const Grid& from, const Grid& to) {
  const Interpolation line(from.nx, from.spacing, to.spacing);
  std::vector<double> weights;
  for (int i = 0; i < to.nx; ++i)
    for (int j = 0; j < from.nx; ++j)
      weights.push_back(line.weight(to.x(i), from.x(j)));
  return weights;
}

std::vector<double> weights_y(const Grid& from, const Grid& to) {
  const Interpolation line(from.whole_ny(), from.spacing, to.spacing);
  std::vector<double> weights;
  for (int i = 0; i < to.ny; ++i)
    for (int j = 0; j < from.ny; ++j) {
      double weight = line.weight(to.y(i), from.y(j));
      if (from.even) weight += line.weight(to.y(i), -from.y(j));
      weights.push_back(weight);
    }
  return weights;
}

}  // namespace

Field resampled(const Grid& from, const Field& field, const Grid& to) {
  if (from.even != to.even)
    throw NumericsError("a field can only be resampled to a grid of the same symmetry");
  const auto& kernels = chosen_kernels();
  const auto wx = weights_x(from, to), wy = weights_y(from, to);
  // Every point counts, from the first on.
  const std::vector<int> first(static_cast<std::size_t>(std::max(to.nx, to.ny)));
  Field half({to.nx, from.ny, from.spacing, from.even});
  AlignedVector<Block> line(static_cast<std::size_t>(std::max(from.nx, from.ny)));
  for (int b = 0; b < field.blocks(); ++b) {
    for (int i = 0; i < from.nx; ++i)
      line[static_cast<std::size_t>(i)] = field.row(i)[b];
    kernels.interpolate(line.data(), first.data(), wx.data(), from.nx, to.nx, half.row(0) + b, half.stride());
  }
  Field result(to);
  AlignedVector<Block> values(static_cast<std::size_t>(to.ny));
  std::vector<int> in_order(values.size());
  std::iota(in_order.begin(), in_order.end(), 0);
  for (int row = 0; row < to.nx; row += lanes) {
    kernels.gather_rows(half.row(row), half.stride(), half.blocks(), line.data());
    kernels.interpolate(line.data(), first.data(), wy.data(), from.ny, to.ny, values.data(), 1);
    kernels.scatter_rows(values.data(), in_order.data(), result.blocks(), result.row(row), result.stride());
  }
  return result;
}

namespace {

/// V^share for the potential factor of a step.
void kick(const SteppedGrid& on, const Potential& potential, double share, Field& psi) {
  const double dt = on.numerics.time_step;
  const SampledPotential v(on.grid, potential, on.numerics, dt);
  for (int i = 0; i < on.grid.nx; ++i)
    for (int j = 0; j < on.grid.ny; ++j)
      psi.set(i, j, multiply(phase(-share * dt * v.at(i, j)), psi.at(i, j)));
}

/// [T, V] as an operation on whole fields.
class Commutator {
 public:
  Commutator(const SteppedGrid& on, const Potential& potential)
      : grid_(on.grid),
        potential_(on.grid, potential, on.numerics, 0),
        kernels_(&chosen_kernels()),
        energy_x_(on.grid.nx, on.grid.spacing, false, energy(Dispersions(on.numerics).x)),
        energy_y_(on.grid.ny, on.grid.spacing, on.grid.even, energy(Dispersions(on.numerics).y)),
        tile_(static_cast<std::size_t>(std::max(on.grid.nx, on.grid.ny))) {}

  Field operator()(const Field& psi) {
    Field result = kinetic(times_potential(psi));
    add(result, -1, times_potential(kinetic(psi)));
    return result;
  }

 private:
  static std::function<Complex(double)> energy(const Dispersion& dispersion) {
    return [dispersion](double k) { return Complex(dispersion.kinetic_energy(k)); };
  }

  Field times_potential(Field psi) const {
    for (int i = 0; i < grid_.nx; ++i)
      for (int j = 0; j < grid_.ny; ++j)
        psi.set(i, j, potential_.at(i, j) * psi.at(i, j));
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
  SampledPotential potential_;
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
  result = to.grid.spacing != from.grid.spacing ? resampled(from.grid, result, to.grid)
                                                : embedded(from.grid, result, to.grid);
  kick(to, potential, -0.5, result);
  return result;
}

}  // namespace bondscope::tdse
