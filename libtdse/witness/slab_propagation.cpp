#include "libtdse/witness/slab_propagation.hpp"

#include <algorithm>
#include <cmath>

#include "libpmd/base/error.hpp"

namespace bondscope::tdse {

SlabPropagation::SlabPropagation(const Potential& potential, int nx, int ny, double spacing, double time_step,
                                 MPI_Comm processes)
    : transform_(nx, ny, processes), spacing_(spacing), time_step_(time_step), processes_(processes) {
  const Slab rows = transform_.rows(), columns = transform_.columns();
  half_potential_.reserve(transform_.field().size());
  for (auto i = rows.first; i < rows.first + rows.count; ++i)
    for (int j = 0; j < ny; ++j)
      half_potential_.push_back(
          phase(-0.5 * time_step * potential.value(position(i, nx, spacing), position(j, ny, spacing))));
  for (int l = 0; l < nx; ++l)
    kx_.push_back(fourier_momentum(l, nx, spacing));
  factors_x_.resize(kx_.size());
  const double normalisation = 1.0 / (static_cast<double>(nx) * ny);
  for (auto m = columns.first; m < columns.first + columns.count; ++m) {
    const double k = fourier_momentum(static_cast<int>(m), ny, spacing);
    factors_y_.push_back(normalisation * phase(-0.5 * k * k * time_step));
  }
}

void SlabPropagation::put(const StartState& start) {
  const Slab rows = transform_.rows();
  const int nx = transform_.nx(), ny = transform_.ny(), n = start.points;
  auto to = transform_.field().begin();
  for (auto i = rows.first; i < rows.first + rows.count; ++i)
    for (int j = 0; j < ny; ++j, ++to) {
      const auto from_i = i - nx / 2 + n / 2, from_j = static_cast<std::ptrdiff_t>(j) - ny / 2 + n / 2;
      const bool inside = from_i >= 0 && from_i < n && from_j >= 0 && from_j < n;
      *to = inside ? start.psi[static_cast<std::size_t>(from_i * n + from_j)] : 0;
    }
}

void SlabPropagation::kick() {
  std::ranges::transform(field(), half_potential_, field().begin(), multiply);
}

void SlabPropagation::step(double shift) {
  kick();
  for (std::size_t l = 0; l < kx_.size(); ++l)
    factors_x_[l] = phase(-0.5 * kx_[l] * kx_[l] * time_step_ - kx_[l] * shift);
  transform_.forward();
  auto value = transform_.spectrum().begin();
  for (const Complex factor_y : factors_y_)
    for (const Complex factor_x : factors_x_) {
      *value = multiply(*value, multiply(factor_x, factor_y));
      ++value;
    }
  transform_.backward();
  kick();
}

void SlabPropagation::make_mask(double radius, double strength) {
  radius_ = radius;
  strength_ = strength;
  mask_.clear();
  const Slab rows = transform_.rows();
  for (auto i = rows.first; i < rows.first + rows.count; ++i)
    for (int j = 0; j < transform_.ny(); ++j) {
      const double depth =
          std::hypot(position(i, transform_.nx(), spacing_), position(j, transform_.ny(), spacing_)) - radius;
      mask_.push_back(depth <= 0 ? 1 : std::exp(-strength * depth * depth));
    }
}

std::span<const Complex> SlabPropagation::absorb(double radius, double strength) {
  if (mask_.size() != field().size() || radius != radius_ || strength != strength_)
    make_mask(radius, strength);
  taken_.resize(mask_.size());
  for (std::size_t i = 0; i < mask_.size(); ++i) {
    taken_[i] = (1 - mask_[i]) * field()[i];
    field()[i] *= mask_[i];
  }
  return taken_;
}

double SlabPropagation::norm() {
  double sum = 0;
  for (const Complex value : field())
    sum += std::norm(value);
  if (MPI_Allreduce(MPI_IN_PLACE, &sum, 1, MPI_DOUBLE, MPI_SUM, processes_) != MPI_SUCCESS)
    throw Error("MPI cannot sum the norm");
  return sum * spacing_ * spacing_;
}

}  // namespace bondscope::tdse
