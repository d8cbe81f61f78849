#include "libtdse/solver/momentum.hpp"

#include <algorithm>

#include "libtdse/model/units.hpp"

namespace tdse {
namespace {

/// Half width of the interpolation kernel in points of the refined grid, and the shape of its Kaiser window.
constexpr int taps = 16;
constexpr double kaiser_beta = 8;

double kernel(double u) {
  if (std::abs(u) >= taps) return 0;
  const double sinc = u == 0 ? 1 : std::sin(units::pi * u) / (units::pi * u);
  const double s = u / taps;
  return sinc * std::cyl_bessel_i(0, kaiser_beta * std::sqrt(1 - s * s)) / std::cyl_bessel_i(0, kaiser_beta);
}

/// The points of the refined grid under the kernel at one k.
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

/// Share of the refined grid's Nyquist distance up to which the kernel interpolates.
constexpr double usable = 0.8;

/// Distance from the centre beyond which nothing that moves at `speed` survives the absorber, a.u.
double outermost(const Preset& preset, double half_width, double speed) {
  constexpr double exponent = 30;
  // ∫ rate dt = β/Δt₀ d³/(3 v) on the way to depth d.
  const double depth =
      std::cbrt(3 * exponent * speed * preset.absorber_reference_step / preset.absorber_beta);
  return std::min(half_width, preset.absorber_radius + depth);
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

double MomentumAmplitude::FineAxis::reach(double grid_spacing) const {
  return usable * refinement * 0.5 * points * grid_spacing;
}

MomentumAmplitude::FineAxis MomentumAmplitude::fine_axis(const Grid& grid, int points, double max,
                                                         double outermost) {
  FineAxis axis;
  axis.points = points;
  // A quarter more than the wave itself needs, so that windows are not too short.
  while (axis.reach(grid.spacing) < 1.25 * outermost)
    ++axis.refinement;
  axis.spacing = 2 * units::pi / (points * grid.spacing * axis.refinement);
  axis.last =
      std::min(points / 2 * axis.refinement - 1, static_cast<int>(std::ceil(max / axis.spacing)) + taps);
  axis.first = -axis.last;
  axis.origin = -(points / 2) * grid.spacing;
  return axis;
}

MomentumAmplitude::MomentumAmplitude(const Grid& grid, const Pulse& pulse, const Preset& preset)
    : grid_(grid),
      pulse_(pulse),
      kx_(preset.momentum.kx()),
      ky_(preset.momentum.ky()),
      amplitude_(kx_.size() * ky_.size()),
      mixed_(grid),
      line_(static_cast<std::size_t>(std::max(grid.nx, grid.ny))),
      transformed_(static_cast<std::size_t>(std::max(grid.nx, grid.ny))) {
  const double end_x = outermost(preset, 0.5 * grid.nx * grid.spacing, kx_.back());
  const double end_y = outermost(preset, 0.5 * grid.ny * grid.spacing, ky_.back());
  fine_x_ = fine_axis(grid, grid.nx, kx_.back(), end_x);
  fine_y_ = fine_axis(grid, grid.ny, ky_.back(), end_y);
  margin_x_ = fine_x_.reach(grid.spacing) - end_x;
  margin_y_ = fine_y_.reach(grid.spacing) - end_y;
  window_.resize(fine_x_.size() * fine_y_.size());
  for (int s = 0; s < fine_x_.refinement; ++s)
    shift_x_.push_back(fine_x_.shift_phases(s, grid.spacing));
  for (int s = 0; s < fine_y_.refinement; ++s)
    shift_y_.push_back(fine_y_.shift_phases(s, grid.spacing));
}

void MomentumAmplitude::add(Sweeper& sweeper, const Field& outgoing, const std::vector<bool>& touched,
                            double t) {
  if (window_open_ && t > window_end_) end_window();
  if (!window_open_) open_window(t);
  const double time = t - window_middle_, excursion = pulse_.excursion(t) - pulse_.excursion(window_middle_);
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
      Complex* const b = window_.data() + static_cast<std::size_t>(qy - fine_y_.first) * fine_x_.size();
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

void MomentumAmplitude::open_window(double t) {
  // From its place at an event the wave is taken away by k times the time to the middle, and by the quiver.
  const double speed_of_quiver = t < pulse_.duration() ? pulse_.peak_field() / pulse_.omega() : 0;
  const double half_length = std::min(margin_x_ / (kx_.back() + speed_of_quiver), margin_y_ / ky_.back());
  window_open_ = true;
  window_middle_ = t + half_length;
  window_end_ = t + 2 * half_length;
}

void MomentumAmplitude::end_window() {
  const auto along_x = stencils(kx_, fine_x_.first, fine_x_.last, fine_x_.spacing);
  const auto along_y = stencils(ky_, fine_y_.first, fine_y_.last, fine_y_.spacing);
  const double excursion = pulse_.excursion(window_middle_);
  std::vector<Complex> volkov_y;
  for (const double k : ky_)
    volkov_y.push_back(phase(0.5 * k * k * window_middle_));
  std::vector<Complex> row(fine_y_.size());
  for (std::size_t i = 0; i < kx_.size(); ++i) {
    for (std::size_t q = 0; q < row.size(); ++q)
      row[q] = weighted_sum(window_.data() + q * fine_x_.size() + along_x[i].first, along_x[i].weights);
    const Complex volkov_x = phase(0.5 * kx_[i] * kx_[i] * window_middle_ + kx_[i] * excursion);
    Complex* const b = amplitude_.data() + i * ky_.size();
    for (std::size_t j = 0; j < ky_.size(); ++j)
      b[j] += multiply(multiply(volkov_x, volkov_y[j]),
                       weighted_sum(row.data() + along_y[j].first, along_y[j].weights));
  }
  std::fill(window_.begin(), window_.end(), Complex{});
  window_open_ = false;
}

std::vector<float> MomentumAmplitude::distribution() {
  if (window_open_) end_window();
  std::vector<float> pmd;
  pmd.reserve(amplitude_.size());
  for (const Complex b : amplitude_)
    pmd.push_back(static_cast<float>(std::norm(b)));
  return pmd;
}

}  // namespace tdse
