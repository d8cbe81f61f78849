#include <algorithm>

#include <catch2/catch.hpp>

#include "libpmd/model/units.hpp"
#include "libtdse/solver/absorber.hpp"
#include "libtdse/solver/collector.hpp"
#include "libtdse/solver/split_step.hpp"
#include "tests/libtdse/solver/field_of.hpp"

using namespace bondscope;
using namespace bondscope::tdse;

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

/// Takes all of ψ at once, whatever ψ is.
struct TakeAll {
  Grid grid;
  Preset preset;
  Pulse pulse;
  Absorber absorber;
  MomentumAmplitude amplitude;
  Collector collector;

  TakeAll(const Grid& g, const Pulse& p, const Preset& settings)
      : grid(g),
        preset(settings),
        pulse(p),
        absorber(grid, {0, grid.nx}, mask_everywhere(settings), 1),
        amplitude(preset.momentum),
        // Windows as for the radius that was asked for: the packets are there.
        collector(grid, absorber, pulse, settings, 1e9, {}, amplitude) {}

  static Preset mask_everywhere(Preset settings) {
    settings.absorber_radius = 1e-6;
    settings.absorber_beta = 1e3;
    return settings;
  }

  void add(const Field& psi, double t) { collector.add(psi, t); }
  std::vector<float> distribution() {
    collector.finish();
    return amplitude.distribution();
  }
};

}  // namespace

TEST_CASE("an absorbed packet appears at its momentum with its norm, on axes that are not the box's") {
  const bool sparse = GENERATE(false, true);
  const Grid grid{288, 192, 0.5};
  const Pulse pulse(2e13, 0.3, {});
  const MomentumAxes axes{.kx_max = 2.5, .kx_spacing = 0.03, .ky_max = 2, .ky_spacing = 0.045};
  Preset preset;
  preset.absorber_radius = 50;
  preset.momentum = axes;
  preset.mechanisms.sparse_sampling = sparse;
  TakeAll all(grid, pulse, preset);
  // As it happens after the pulse: an electron set free in the middle of the pulse arrives.
  const double flight = 20;
  const double t = 0.5 * pulse.duration() + flight;
  const Packet packet{1.1 * flight + pulse.excursion(t) - pulse.excursion(0.5 * pulse.duration()),
                      -0.6 * flight, 1.1, -0.6, 3};
  all.add(field_of(grid, [&](double x, double y) { return packet.at(x, y); }), t);
  const auto pmd = all.distribution();
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

TEST_CASE("an even wave on half the grid gives the distribution of the whole") {
  const Pulse pulse(0, 0, {});
  Preset preset;
  preset.absorber_radius = 50;
  preset.momentum = {.kx_max = 2, .kx_spacing = 0.05, .ky_max = 1.5, .ky_spacing = 0.05};
  const auto wave = [](double x, double y) {
    const Packet up{10, 12, 1, 0.5, 3}, down{10, -12, 1, -0.5, 3};
    return up.at(x, y) + down.at(x, y);
  };
  const Grid half{288, 96, 0.5, true}, whole{288, 192, 0.5, false};
  TakeAll from_half(half, pulse, preset), from_whole(whole, pulse, preset);
  for (const double t : {100.0, 101.0}) {
    from_half.add(field_of(half, wave), t);
    from_whole.add(field_of(whole, wave), t);
  }
  const auto a = from_half.distribution(), b = from_whole.distribution();
  const float largest = *std::max_element(b.begin(), b.end());
  float error = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    error = std::max(error, std::abs(a[i] - b[i]));
  REQUIRE(largest > 0.1f);
  CHECK(error < 1e-6f * largest);
}

TEST_CASE("parts absorbed at different times add up as one wave") {
  const Grid grid{288, 192, 0.5};
  const Pulse pulse(0, 0, {});
  Preset preset;
  preset.absorber_radius = 50;
  preset.momentum = {.kx_max = 2, .kx_spacing = 0.05, .ky_max = 1, .ky_spacing = 0.05};
  TakeAll whole(grid, pulse, preset), parts(grid, pulse, preset);
  const Packet packet{-20, 0, 1.0, 0.2, 3};
  const auto share = [](double x) { return 1 / (1 + std::exp(-0.3 * (x + 20))); };
  const Field full = field_of(grid, [&](double x, double y) { return packet.at(x, y); });
  const Field first = field_of(grid, [&](double x, double y) { return share(x) * packet.at(x, y); });
  Field second = field_of(grid, [&](double x, double y) { return (1 - share(x)) * packet.at(x, y); });
  // Free motion: a potential that is flat on the grid, whose phase is the same for every part.
  const double tau = 8;
  const Discretisation numerics{.spacing = 0.5, .roll_off = 0.6, .time_step = 0.2};
  const double softening = 1e9;
  auto free = SplitStep::real_time(grid, Potential({.R = 0}, {.softening = softening}), numerics, false);
  for (int n = 0; n < 40; ++n)
    free.advance(second);
  const Complex turn = phase(-2 * tau / std::sqrt(softening));
  second = [&] {
    Field turned(grid);
    for (int i = 0; i < grid.nx; ++i)
      for (int j = 0; j < grid.ny; ++j)
        turned.set(i, j, second.at(i, j) * turn);
    return turned;
  }();
  const double t = pulse.duration() / 2;
  whole.add(full, t);
  parts.add(first, t);
  parts.add(second, t + tau);
  const auto a = whole.distribution(), b = parts.distribution();
  double largest = 0, error = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    largest = std::max<double>(largest, a[i]);
    error = std::max<double>(error, std::abs(a[i] - b[i]));
  }
  CHECK(error < 1e-4 * largest);
}

TEST_CASE("what is absorbed in different windows, during and after a strong pulse, adds up as one wave") {
  const Grid grid{288, 192, 0.5};
  const Pulse pulse(4e14, 0.3, {});
  Preset preset;
  preset.absorber_radius = 40;
  preset.momentum = {.kx_max = 2.5, .kx_spacing = 0.05, .ky_max = 1, .ky_spacing = 0.05};
  TakeAll all(grid, pulse, preset);
  // Volkov packets, each absorbed whole: its spectrum has to come out, and the interference of the three.
  struct Event {
    double t;
    Packet packet;
  };
  const std::vector<Event> events{
      {100, {45, 5, 0.4, 0.1, 3}}, {150, {-45, -10, 0.6, -0.2, 3}}, {400, {50, 20, 0.8, 0.3, 3}}};
  for (const auto& [t, packet] : events)
    all.add(field_of(grid, [p = packet](double x, double y) { return p.at(x, y); }), t);
  const auto pmd = all.distribution();
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

TEST_CASE("the absorber's rate does not depend on the interval, and it leaves the inside alone") {
  Preset preset;
  preset.absorber_radius = 10;
  const Grid grid{64, 64, 0.5};
  const Absorber twice(grid, {0, 64}, preset, 1), once(grid, {0, 64}, preset, 2);
  Field a = field_of(grid, [](double, double) { return Complex(2, -1); }), b = a;
  const double before = squared_norm(grid, a, {});
  const double taken = twice.absorb(a, {}) + twice.absorb(a, {});
  CHECK(taken == Approx(before - squared_norm(grid, a, {})).epsilon(1e-12));
  CHECK(once.absorb(b, {}) == Approx(taken).epsilon(1e-12));
  for (int i = 0; i < 64; ++i)
    for (int j = 0; j < 64; ++j) {
      CHECK(std::abs(a.at(i, j) - b.at(i, j)) < 1e-14);
      const double depth = std::hypot(grid.x(i), grid.y(j)) - 10;
      CHECK(std::abs(b.at(i, j) - Complex(2, -1) * std::exp(-1e-4 * 2 / 0.0184 *
                                                            std::pow(std::max(depth, 0.0), 2))) < 1e-13);
    }
  CHECK(Absorber::touches_any(grid, preset));
  CHECK_FALSE(Absorber::touches_any({16, 16, 0.5}, preset));
}
