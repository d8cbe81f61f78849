#include <cmath>

#include <catch2/catch.hpp>

#include "libpmd/base/clock.hpp"
#include "libpmd/model/trajectories.hpp"

using namespace bondscope;

namespace {

constexpr double binding_energy = 1.1;

Reach reach_of(double intensity, double wavelength, double cycles, double cep = 0) {
  return classical_reach(Pulse(intensity, cep, {.wavelength_nm = wavelength, .cycles = cycles}),
                         binding_energy);
}

TEST_CASE("in a long pulse electrons reach what is known of a steady field") {
  const Pulse pulse(4e14, 0, {.wavelength_nm = 800, .cycles = 30});
  const double drift = pulse.peak_field() / pulse.omega();  // 2√Up
  const auto reach = classical_reach(pulse, binding_energy);
  // Backscattering ends at 10.007 Up; whoever returns turned round within 2F/ω².
  CHECK(reach.rescattered == Approx(std::sqrt(2 * 10.007) / 2 * drift).epsilon(0.01));
  CHECK(reach.turning < 2 * drift / pulse.omega() * 1.01);
  CHECK(reach.turning > 1.5 * drift / pulse.omega());
  CHECK(reach.direct < drift);
  CHECK(reach.direct > 0.5 * drift);
}

TEST_CASE("reach grows with wavelength and intensity, and is the same for the mirrored field") {
  const auto usual = reach_of(2e14, 800, 2), longer = reach_of(2e14, 1600, 2),
             stronger = reach_of(4e14, 800, 2);
  // Of equal fields, excursions go with 1/ω² and momenta with 1/ω; stronger ones have other starts, too.
  CHECK(longer.turning == Approx(4 * usual.turning).epsilon(1e-6));
  CHECK(longer.rescattered == Approx(2 * usual.rescattered).epsilon(1e-6));
  CHECK(stronger.turning > 1.3 * usual.turning);
  CHECK(stronger.direct > 1.3 * usual.direct);
  const auto mirrored = reach_of(2e14, 800, 2, std::acos(-1.0));
  CHECK(mirrored.turning == Approx(usual.turning));
  CHECK(mirrored.direct == Approx(usual.direct));
  const auto none = reach_of(0, 800, 2);
  CHECK((none.turning == 0 && none.direct == 0 && none.rescattered == 0));
}

TEST_CASE("electrons that come back after the pulse count if they do so in time and are not too slow") {
  // At this phase they leave with 0.1 a.u., turn at 58 a.u. and come back 180 a.u. after the pulse.
  const Pulse pulse(4e14, 0.5 * std::acos(-1.0));
  const auto turning = [&](const LateReturns& late) {
    return classical_reach(pulse, binding_energy, late).turning;
  };
  const double within = turning({});
  CHECK(within < 50);
  CHECK(turning({.until = 4 * pulse.duration()}) == Approx(58).margin(1));
  CHECK(turning({.until = 4 * pulse.duration(), .slowest = 0.12}) == within);
  CHECK(turning({.until = pulse.duration() + 150}) < turning({.until = 4 * pulse.duration()}));
}

TEST_CASE("the fastest electrons of two colours and of a Gaussian pulse follow from its vector potential") {
  const double long_drift = Pulse(4e14, 0).largest_vector_potential();
  for (const PulseShape& shape : {PulseShape{.cycles = 6, .envelope = Envelope::gaussian},
                                  PulseShape{.cycles = 12, .harmonic = 3, .relative_intensity = 0.1}}) {
    const auto reach = classical_reach(Pulse(4e14, 0.3, shape), binding_energy);
    CHECK(reach.direct > 0.4 * long_drift);
    CHECK(reach.direct < Pulse(4e14, 0.3, shape).largest_vector_potential());
    CHECK(reach.rescattered > 1.8 * long_drift);
    CHECK(reach.rescattered < 3 * Pulse(4e14, 0.3, shape).largest_vector_potential());
  }
}

TEST_CASE("a long pulse with a high harmonic is judged soon") {
  const Pulse pulse(
      4e14, 0.3, {.cycles = 100, .envelope = Envelope::gaussian, .harmonic = 10, .relative_intensity = 0.1});
  const auto begin = Clock::now();
  const auto reach = classical_reach(pulse, binding_energy);
  CHECK(seconds_since(begin) < 20);
  CHECK(reach.turning > 50);
}

}  // namespace
