#include "libtdse/witness/transformed_amplitude.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include <fmt/format.h>

#include "libpmd/base/error.hpp"

namespace bondscope::tdse {
namespace {

/// The momentum in units of the box's, 2π/L.
double in_box_units(double k, int points, double spacing) {
  return k * points * spacing / (2 * std::numbers::pi);
}

bool are_of_box(const std::vector<double>& momenta, int points, double spacing) {
  return std::ranges::all_of(momenta, [&](double k) {
    const double m = in_box_units(k, points, spacing);
    // A rounded axis must not move a point of the largest box by a visible phase.
    return std::abs(m - std::round(m)) < 1e-6 && std::abs(m) < 0.5 * points;
  });
}

}  // namespace

bool TransformedAmplitude::holds(const MomentumAxes& axes, int nx, int ny, double spacing) {
  return are_of_box(axes.kx(), nx, spacing) && are_of_box(axes.ky(), ny, spacing);
}

std::vector<TransformedAmplitude::Line> TransformedAmplitude::lines_of(const std::vector<double>& momenta,
                                                                       int points, double spacing) {
  std::vector<Line> lines;
  for (const double k : momenta) {
    const auto m = std::lround(in_box_units(k, points, spacing));
    lines.push_back({.at = static_cast<std::size_t>(m < 0 ? m + points : m),
                     .k = k,
                     .origin = std::polar(1.0, -k * position(0, points, spacing))});
  }
  return lines;
}

TransformedAmplitude::TransformedAmplitude(const MomentumAxes& axes, int nx, int ny, double spacing,
                                           MPI_Comm processes)
    : Amplitude(axes.kx().size() * axes.ky().size()),
      transform_(nx, ny, processes),
      weight_(spacing * spacing / (2 * std::numbers::pi)),
      kx_(lines_of(axes.kx(), nx, spacing)),
      ky_(lines_of(axes.ky(), ny, spacing)) {
  if (!holds(axes, nx, ny, spacing))
    throw ConfigError(
        fmt::format("the momenta of the output are not all momenta of a box of {} x {} points", nx, ny));
}

void TransformedAmplitude::add(std::span<const Complex> taken, double t, double excursion) {
  std::ranges::copy(taken, transform_.field().begin());
  transform_.forward();
  const auto factor = [&](const Line& line, double phase) { return line.origin * std::polar(1.0, phase); };
  factors_x_.clear();
  for (const Line& line : kx_)
    factors_x_.push_back(factor(line, 0.5 * line.k * line.k * t + line.k * excursion));
  const auto first = static_cast<std::size_t>(transform_.columns().first),
             count = static_cast<std::size_t>(transform_.columns().count),
             nx = static_cast<std::size_t>(transform_.nx());
  for (std::size_t j = 0; j < ky_.size(); ++j) {
    const Line& line = ky_[j];
    if (line.at < first || line.at >= first + count) continue;  // another rank's
    const Complex factor_y = weight_ * factor(line, 0.5 * line.k * line.k * t);
    const auto column = transform_.spectrum().subspan((line.at - first) * nx, nx);
    for (std::size_t i = 0; i < kx_.size(); ++i)
      share_[i * ky_.size() + j] += factors_x_[i] * factor_y * column[kx_[i].at];
  }
}

}  // namespace bondscope::tdse
