#include "libtdse/solver/momentum.hpp"

#include <algorithm>

#include "libtdse/model/units.hpp"

namespace tdse {
namespace {

/// Half width of the interpolation kernel in points of the fine grid, and the shape of its Kaiser window.
constexpr int taps = 16;
constexpr double kaiser_beta = 8;

double kernel(double u) {
  if (std::abs(u) >= taps) return 0;
  const double sinc = u == 0 ? 1 : std::sin(units::pi * u) / (units::pi * u);
  const double s = u / taps;
  return sinc * std::cyl_bessel_i(0, kaiser_beta * std::sqrt(1 - s * s)) / std::cyl_bessel_i(0, kaiser_beta);
}

/// The points of the fine grid under the kernel at one k.
struct Stencil {
  std::size_t first;
  std::vector<double> weights;
};

std::vector<Stencil> stencils(const std::vector<double>& k, int first, int last, double spacing) {
  std::vector<Stencil> all;
  for (const double value : k) {
    const double position = value / spacing;
    const int low = std::max(first, static_cast<int>(std::ceil(position)) - taps);
    const int high = std::min(last, static_cast<int>(std::floor(position)) + taps);
    Stencil stencil{static_cast<std::size_t>(low - first), {}};
    for (int q = low; q <= high; ++q)
      stencil.weights.push_back(kernel(position - q));
    all.push_back(std::move(stencil));
  }
  return all;
}

Complex weighted_sum(const Complex* values, const std::vector<double>& weights) {
  Complex sum = 0;
  for (std::size_t w = 0; w < weights.size(); ++w)
    sum += values[w] * weights[w];
  return sum;
}

/// Width of the region that the outgoing wave, taken back to the middle of the pulse, comes from: electrons
/// of the largest output momentum set free up to half a pulse before or after, and room for quiver and
/// Coulomb tail.
double source_width(double largest_momentum, const Pulse& pulse) {
  return 2 * (largest_momentum * 0.375 * pulse.duration() + 60);
}

int floor_div(int a, int b) {
  return (a >= 0 ? a : a - b + 1) / b;
}

}  // namespace

std::vector<Complex> MomentumAmplitude::FineAxis::shift_phases(int shift, double grid_spacing) const {
  std::vector<Complex> phases;
  for (int i = 0; i < points; ++i)
    phases.push_back(phase(-momentum(shift) * i * grid_spacing));
  return phases;
}

MomentumAmplitude::FineAxis MomentumAmplitude::fine_axis(const Grid& grid, int points, double max,
                                                         double length) {
  FineAxis axis;
  axis.points = points;
  axis.refinement = std::max(1, static_cast<int>(std::ceil(length / (points * grid.spacing) - 1e-9)));
  axis.spacing = 2 * units::pi / (points * grid.spacing * axis.refinement);
  axis.last =
      std::min(points / 2 * axis.refinement - 1, static_cast<int>(std::ceil(max / axis.spacing)) + taps);
  axis.first = -axis.last;
  axis.origin = -(points / 2) * grid.spacing;
  return axis;
}

MomentumAmplitude::MomentumAmplitude(const Grid& grid, const Pulse& pulse, const MomentumAxes& axes)
    : grid_(grid),
      reference_time_(0.5 * pulse.duration()),
      reference_excursion_(pulse.excursion(reference_time_)),
      pulse_(pulse),
      kx_(axes.kx()),
      ky_(axes.ky()),
      fine_x_(fine_axis(grid, grid.nx, kx_.back(), source_width(kx_.back(), pulse))),
      fine_y_(fine_axis(grid, grid.ny, ky_.back(), source_width(ky_.back(), pulse))),
      amplitude_(fine_x_.size() * fine_y_.size()),
      mixed_(grid),
      line_(static_cast<std::size_t>(std::max(grid.nx, grid.ny))),
      transformed_(static_cast<std::size_t>(std::max(grid.nx, grid.ny))) {
  for (int s = 0; s < fine_x_.refinement; ++s)
    shift_x_.push_back(fine_x_.shift_phases(s, grid.spacing));
  for (int s = 0; s < fine_y_.refinement; ++s)
    shift_y_.push_back(fine_y_.shift_phases(s, grid.spacing));
}

void MomentumAmplitude::add(Sweeper& sweeper, const Field& outgoing, const std::vector<bool>& touched,
                            double t) {
  const double time = t - reference_time_, excursion = pulse_.excursion(t) - reference_excursion_;
  std::vector<Complex> volkov_x;
  for (int q = fine_x_.first; q <= fine_x_.last; ++q) {
    const double k = fine_x_.momentum(q);
    volkov_x.push_back(phase(0.5 * k * k * time + k * (excursion - fine_x_.origin)));
  }
  for (int shift_y = 0; shift_y < fine_y_.refinement; ++shift_y) {
    const auto& turn_y = shift_y_[static_cast<std::size_t>(shift_y)];
    for (int i = 0; i < grid_.nx; ++i) {
      if (!touched[static_cast<std::size_t>(i)]) continue;
      const Complex* const source = outgoing.row(i);
      for (int j = 0; j < grid_.ny; ++j)
        line_[static_cast<std::size_t>(j)] = multiply(source[j], turn_y[static_cast<std::size_t>(j)]);
      sweeper.along_y().forward(line_.data(), mixed_.row(i));
    }
    std::vector<int> columns, wanted;
    for (int q = fine_y_.first; q <= fine_y_.last; ++q)
      if (q - floor_div(q, fine_y_.refinement) * fine_y_.refinement == shift_y) {
        const int m = floor_div(q, fine_y_.refinement);
        columns.push_back(m < 0 ? m + grid_.ny : m);
        wanted.push_back(q);
      }
    std::size_t next = 0;
    sweeper.gather_columns(mixed_, columns, [&](const Complex* column) {
      const int qy = wanted[next++];
      const double ky = fine_y_.momentum(qy);
      const Complex volkov_y =
          grid_.cell() / (2 * units::pi) * phase(0.5 * ky * ky * time - ky * fine_y_.origin);
      Complex* const b = amplitude_.data() + static_cast<std::size_t>(qy - fine_y_.first) * fine_x_.size();
      for (int shift_x = 0; shift_x < fine_x_.refinement; ++shift_x) {
        const auto& turn_x = shift_x_[static_cast<std::size_t>(shift_x)];
        for (int i = 0; i < grid_.nx; ++i)
          line_[static_cast<std::size_t>(i)] = multiply(column[i], turn_x[static_cast<std::size_t>(i)]);
        sweeper.along_x().forward(line_.data(), transformed_.data());
        const int lowest = floor_div(fine_x_.first - shift_x + fine_x_.refinement - 1, fine_x_.refinement);
        for (int m = lowest; m * fine_x_.refinement + shift_x <= fine_x_.last; ++m) {
          const auto q = static_cast<std::size_t>(m * fine_x_.refinement + shift_x - fine_x_.first);
          b[q] += multiply(multiply(volkov_y, volkov_x[q]),
                           transformed_[static_cast<std::size_t>(m < 0 ? m + grid_.nx : m)]);
        }
      }
    });
  }
}

std::vector<float> MomentumAmplitude::distribution() const {
  const auto along_x = stencils(kx_, fine_x_.first, fine_x_.last, fine_x_.spacing);
  const auto along_y = stencils(ky_, fine_y_.first, fine_y_.last, fine_y_.spacing);
  std::vector<float> pmd(kx_.size() * ky_.size());
  std::vector<Complex> row(fine_y_.size());
  for (std::size_t i = 0; i < kx_.size(); ++i) {
    for (std::size_t q = 0; q < row.size(); ++q)
      row[q] = weighted_sum(amplitude_.data() + q * fine_x_.size() + along_x[i].first, along_x[i].weights);
    for (std::size_t j = 0; j < ky_.size(); ++j)
      pmd[i * ky_.size() + j] =
          static_cast<float>(std::norm(weighted_sum(row.data() + along_y[j].first, along_y[j].weights)));
  }
  return pmd;
}

}  // namespace tdse
