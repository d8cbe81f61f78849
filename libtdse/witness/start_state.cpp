#include "libtdse/witness/start_state.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include <fmt/format.h>

#include "libpmd/base/error.hpp"
#include "libtdse/solver/grid.hpp"
#include "libtdse/witness/slab_transform.hpp"

namespace bondscope::tdse {
namespace {

constexpr double largest_residual = 1e-4;

using State = std::vector<Complex>;

/// Steps of exp(-V s/2) exp(-k² s/2) exp(-V s/2) on a small box that one process holds; s is the imaginary
/// step τ or the real one, iΔt.
class SmallBox {
 public:
  SmallBox(const Potential& potential, int points, double spacing)
      : transform_(points, points, MPI_COMM_SELF), spacing_(spacing) {
    potential_.reserve(size());
    for (int i = 0; i < points; ++i)
      for (int j = 0; j < points; ++j)
        potential_.push_back(potential.value(position(i, points, spacing), position(j, points, spacing)));
  }

  void set_step(Complex step) {
    const int n = transform_.nx();
    half_potential_.resize(size());
    for (std::size_t i = 0; i < size(); ++i)
      half_potential_[i] = std::exp(-0.5 * step * potential_[i]);
    kinetic_.resize(static_cast<std::size_t>(n));
    for (int m = 0; m < n; ++m) {
      const double k = fourier_momentum(m, n, spacing_);
      kinetic_[static_cast<std::size_t>(m)] = std::exp(-0.5 * step * k * k) / static_cast<double>(n);
    }
  }

  void step(State& psi) {
    const auto field = transform_.field();
    std::ranges::transform(psi, half_potential_, field.begin(), multiply);
    transform_.forward();
    const std::size_t n = kinetic_.size();
    for (std::size_t m = 0; m < n; ++m)
      for (std::size_t l = 0; l < n; ++l)
        field[m * n + l] = multiply(field[m * n + l], multiply(kinetic_[m], kinetic_[l]));
    transform_.backward();
    std::ranges::transform(field, half_potential_, psi.begin(), multiply);
  }

  double norm(const State& psi) const {
    double sum = 0;
    for (const Complex value : psi)
      sum += std::norm(value);
    return std::sqrt(sum) * spacing_;
  }
  void normalise(State& psi) const {
    const double factor = 1 / norm(psi);
    for (Complex& value : psi)
      value *= factor;
  }
  std::size_t size() const {
    return static_cast<std::size_t>(transform_.nx()) * static_cast<std::size_t>(transform_.ny());
  }

 private:
  SlabTransform transform_;
  double spacing_;
  std::vector<double> potential_;
  std::vector<Complex> half_potential_, kinetic_;
};

/// Takes psi to the ground state of the imaginary step.
void relax(SmallBox& box, double step, State& psi) {
  constexpr double longest = 600;      // a.u. of imaginary time
  constexpr double tolerance = 1e-13;  // change of the state over a unit of it
  box.set_step(step);
  const long steps_per_look = std::max(1L, std::lround(1 / step));
  State before;
  for (double time = 0; time < longest; time += static_cast<double>(steps_per_look) * step) {
    before = psi;
    for (long i = 0; i < steps_per_look; ++i) {
      box.step(psi);
      box.normalise(psi);
    }
    for (std::size_t i = 0; i < before.size(); ++i)
      before[i] -= psi[i];
    if (box.norm(before) < tolerance * static_cast<double>(steps_per_look)) return;
  }
  throw NoStartState("the start state by imaginary time does not converge");
}

}  // namespace

StartState start_state(const Potential& potential, double half_width, double spacing, double time_step) {
  StartState start;
  start.points = fast_size(2 * half_width / spacing);
  SmallBox box(potential, start.points, spacing);
  State psi(box.size());
  for (int i = 0; i < start.points; ++i)
    for (int j = 0; j < start.points; ++j) {
      const double x = position(i, start.points, spacing), y = position(j, start.points, spacing);
      psi[static_cast<std::size_t>(i * start.points + j)] =
          std::exp(potential.value(x, y) - 0.1 * std::hypot(x, y));
    }
  box.normalise(psi);
  relax(box, time_step, psi);
  const State coarse = psi;
  relax(box, time_step / 2, psi);
  for (std::size_t i = 0; i < psi.size(); ++i)
    psi[i] = (8.0 * psi[i] - 5.0 * coarse[i]) / 3.0;
  box.normalise(psi);

  start.psi = psi;
  box.set_step(Complex(0, time_step));
  box.step(psi);
  Complex overlap{};
  for (std::size_t i = 0; i < psi.size(); ++i)
    overlap += std::conj(start.psi[i]) * psi[i];
  start.energy = -std::arg(overlap) / time_step;
  const Complex expected = phase(-start.energy * time_step);
  for (std::size_t i = 0; i < psi.size(); ++i)
    psi[i] -= expected * start.psi[i];
  start.residual = box.norm(psi);
  if (!(start.residual < largest_residual))
    throw NoStartState(
        fmt::format("the start state by imaginary time changes by {:.2g} in a real step", start.residual));
  return start;
}

}  // namespace bondscope::tdse
