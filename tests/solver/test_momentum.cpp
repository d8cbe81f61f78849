#include <catch2/catch.hpp>

#include "libtdse/model/units.hpp"
#include "libtdse/solver/absorber.hpp"
#include "libtdse/solver/momentum.hpp"

using namespace tdse;

namespace {

/// A normalised Gaussian packet of width σ at (x0, y0) with momentum (kx, ky).
struct Packet {
  double x0, y0, kx, ky, sigma;
  Complex at(double x, double y) const {
    const double dx = x - x0, dy = y - y0;
    return std::exp(-(dx * dx + dy * dy) / (4 * sigma * sigma)) / (std::sqrt(2 * units::pi) * sigma) *
           phase(kx * dx + ky * dy);
  }
  /// |ψ̃(k)|², which no free motion changes.
  double spectrum(double k_x, double k_y) const {
    const double s = (k_x - kx) * (k_x - kx) + (k_y - ky) * (k_y - ky);
    return 2 * sigma * sigma / units::pi * std::exp(-2 * sigma * sigma * s);
  }
};

}  // namespace

TEST_CASE("an absorbed packet appears at its momentum with its norm, on axes that are not the box's") {
  const Grid grid{256, 160, 0.5};
  const Pulse pulse(2e13, 0.3, {});
  const MomentumAxes axes{.kx_max = 2.5, .kx_spacing = 0.03, .ky_max = 2, .ky_spacing = 0.045};
  Preset preset;
  preset.absorber_radius = 50;
  preset.momentum = axes;
  MomentumAmplitude amplitude(grid, pulse, preset);
  Sweeper sweeper(grid);
  // As it happens after the pulse: an electron set free in the middle of the pulse arrives.
  const double flight = 20;
  const double t = 0.5 * pulse.duration() + flight;
  const Packet packet{1.1 * flight + pulse.excursion(t) - pulse.excursion(0.5 * pulse.duration()),
                      -0.6 * flight, 1.1, -0.6, 3};
  Field outgoing(grid);
  for (int i = 0; i < grid.nx; ++i)
    for (int j = 0; j < grid.ny; ++j)
      outgoing.row(i)[j] = packet.at(grid.x(i), grid.y(j));
  amplitude.add(sweeper, outgoing, std::vector<bool>(static_cast<std::size_t>(grid.nx), true), t);
  const auto pmd = amplitude.distribution();
  const auto kx = axes.kx(), ky = axes.ky();
  const double peak = packet.spectrum(packet.kx, packet.ky);
  double largest_error = 0, total = 0;
  for (std::size_t i = 0; i < kx.size(); ++i)
    for (std::size_t j = 0; j < ky.size(); ++j) {
      const double p = pmd[i * ky.size() + j];
      largest_error = std::max(largest_error, std::abs(p - packet.spectrum(kx[i], ky[j])));
      total += p * axes.kx_spacing * axes.ky_spacing;
    }
  CHECK(largest_error < 1e-4 * peak);
  CHECK(total == Approx(1).epsilon(1e-4));
}

TEST_CASE("parts absorbed at different times add up as one wave") {
  const Grid grid{256, 160, 0.5};
  const Pulse pulse(0, 0, {});
  const MomentumAxes axes{.kx_max = 2, .kx_spacing = 0.05, .ky_max = 1, .ky_spacing = 0.05};
  Preset preset;
  preset.absorber_radius = 50;
  preset.momentum = axes;
  MomentumAmplitude whole(grid, pulse, preset), parts(grid, pulse, preset);
  Sweeper sweeper(grid);
  const std::vector<bool> all(static_cast<std::size_t>(grid.nx), true);
  // Free motion over τ in closed form: multiply the spectrum by exp(-ik²τ/2), here by Fourier sums on the
  // grid.
  const Packet packet{-20, 0, 1.0, 0.2, 3};
  Field first(grid), second(grid), full(grid);
  const double tau = 8;
  for (int i = 0; i < grid.nx; ++i)
    for (int j = 0; j < grid.ny; ++j) {
      const double x = grid.x(i), y = grid.y(j);
      const double share = 1 / (1 + std::exp(-0.3 * (x + 20)));
      full.row(i)[j] = packet.at(x, y);
      first.row(i)[j] = share * packet.at(x, y);
      second.row(i)[j] = (1 - share) * packet.at(x, y);
    }
  sweeper.to_mixed(second);
  std::vector<Complex> factor_x, factor_y;
  for (int i = 0; i < grid.nx; ++i)
    factor_x.push_back(phase(-0.5 * tau * std::pow(grid.momentum(i, grid.nx), 2)) / double(grid.nx));
  for (int j = 0; j < grid.ny; ++j)
    factor_y.push_back(phase(-0.5 * tau * std::pow(grid.momentum(j, grid.ny), 2)));
  sweeper.columns(second, factor_x, factor_y);
  sweeper.to_position(second);
  const double t = pulse.duration() / 2;
  whole.add(sweeper, full, all, t);
  parts.add(sweeper, first, all, t);
  parts.add(sweeper, second, all, t + tau);
  const auto a = whole.distribution(), b = parts.distribution();
  double largest = 0, error = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    largest = std::max<double>(largest, a[i]);
    error = std::max<double>(error, std::abs(a[i] - b[i]));
  }
  CHECK(error < 1e-4 * largest);
}

TEST_CASE("what is absorbed in different windows, during and after a strong pulse, adds up as one wave") {
  const Grid grid{256, 160, 0.5};
  const Pulse pulse(4e14, 0.3, {});
  Preset preset;
  preset.absorber_radius = 40;
  preset.momentum = {.kx_max = 2.5, .kx_spacing = 0.05, .ky_max = 1, .ky_spacing = 0.05};
  MomentumAmplitude amplitude(grid, pulse, preset);
  Sweeper sweeper(grid);
  const std::vector<bool> all(static_cast<std::size_t>(grid.nx), true);
  // Volkov packets, each absorbed whole: its spectrum has to come out, and the interference of the three.
  struct Event {
    double t;
    Packet packet;
  };
  const std::vector<Event> events{
      {100, {45, 5, 0.4, 0.1, 3}}, {150, {-45, -10, 0.6, -0.2, 3}}, {400, {50, 20, 0.8, 0.3, 3}}};
  for (const auto& [t, packet] : events) {
    Field outgoing(grid);
    for (int i = 0; i < grid.nx; ++i)
      for (int j = 0; j < grid.ny; ++j)
        outgoing.row(i)[j] = packet.at(grid.x(i), grid.y(j));
    amplitude.add(sweeper, outgoing, all, t);
  }
  const auto pmd = amplitude.distribution();
  const auto kx = preset.momentum.kx(), ky = preset.momentum.ky();
  double largest = 0, error = 0;
  for (std::size_t i = 0; i < kx.size(); ++i)
    for (std::size_t j = 0; j < ky.size(); ++j) {
      Complex b = 0;
      for (const auto& [t, p] : events)
        b += std::sqrt(p.spectrum(kx[i], ky[j])) *
             phase(-kx[i] * p.x0 - ky[j] * p.y0 + 0.5 * (kx[i] * kx[i] + ky[j] * ky[j]) * t +
                   kx[i] * pulse.excursion(t));
      largest = std::max(largest, std::norm(b));
      error = std::max(error, std::abs(pmd[i * ky.size() + j] - std::norm(b)));
    }
  CHECK(error < 1e-3 * largest);
}

TEST_CASE("the absorber takes (1-M)ψ and leaves Mψ, at a rate that does not depend on the interval") {
  Preset preset;
  preset.absorber_radius = 10;
  const Grid grid{64, 64, 0.5};
  const Absorber twice(grid, preset, 1), once(grid, preset, 2);
  AlignedArray a(64), b(64), out(64);
  const int i = 60;
  REQUIRE(once.touched()[static_cast<std::size_t>(i)]);
  for (std::size_t j = 0; j < 64; ++j)
    a[j] = b[j] = 2.0;
  twice.absorb(i, a.data(), 2.0, out.data());
  for (std::size_t j = 0; j < 64; ++j)
    CHECK(std::abs(2.0 * out[j] + a[j] - 2.0) < 1e-14);
  twice.absorb(i, a.data(), 2.0, out.data());
  once.absorb(i, b.data(), 2.0, out.data());
  for (std::size_t j = 0; j < 64; ++j)
    CHECK(std::abs(a[j] - b[j]) < 1e-14);
}
