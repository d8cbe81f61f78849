#include <cmath>
#include <numbers>

#include <catch2/catch.hpp>

#include "libpmd/base/error.hpp"
#include "libpmd/model/pulse.hpp"
#include "libpmd/model/pulse_parameters.hpp"
#include "libpmd/model/units.hpp"

using namespace bondscope;
using Catch::Contains;

namespace {

constexpr double pi = std::numbers::pi;

/// One of each kind: whole and other cycles, both envelopes, one colour and two.
const std::vector<PulseShape> shapes{
    {.cycles = 1},
    {.cycles = 2},
    {.cycles = 3},
    {.cycles = 7},
    {.cycles = 1.0000001},
    {.cycles = 2.37},
    {.cycles = 3, .harmonic = 2, .relative_intensity = 0.1, .relative_phase = 0.8},
    {.cycles = 3, .harmonic = 3, .relative_intensity = 0.5, .relative_phase = 2},
    {.cycles = 2.6, .harmonic = 2, .relative_intensity = 1, .relative_phase = 0.8},
    {.wavelength_nm = 1600, .cycles = 0.7, .envelope = Envelope::gaussian},
    {.cycles = 2, .envelope = Envelope::gaussian},
    {.cycles = 3, .envelope = Envelope::gaussian, .harmonic = 2, .relative_intensity = 0.3},
};

/// ∫₀ᵗ A by Simpson's rule on so many intervals, of which one ends at t.
double simpson(const Pulse& pulse, double t, int intervals) {
  const double h = t / intervals;
  double sum = 0;
  for (int i = 0; i < intervals; ++i)
    sum += pulse.vector_potential(i * h) + 4 * pulse.vector_potential((i + 0.5) * h) +
           pulse.vector_potential((i + 1) * h);
  return sum * h / 6;
}

}  // namespace

TEST_CASE("the two-cycle 800 nm pulse has the frequency, duration and field of the model") {
  const Pulse pulse(units::intensity_w_cm2, 0);
  CHECK(pulse.omega() == Approx(0.056954).epsilon(1e-5));
  CHECK(pulse.duration() == Approx(220.64).epsilon(1e-4));
  CHECK(pulse.peak_field() == Approx(1).epsilon(1e-12));
  CHECK(pulse.largest_vector_potential() == pulse.peak_field() / pulse.omega());
}

TEST_CASE("field and excursion are derivative and integral of the vector potential") {
  for (const auto& shape : shapes)
    for (const double cep : {0.0, 0.7, 4.5}) {
      INFO(to_text(shape) << ", cep " << cep);
      const Pulse pulse(2e14, cep, shape);
      const double scale = pulse.largest_vector_potential(), h = 1e-4 / pulse.omega();
      for (const double share : {0.013, 0.21, 0.5, 0.68, 0.997}) {
        const double t = share * pulse.duration();
        const double slope = (pulse.vector_potential(t + h) - pulse.vector_potential(t - h)) / (2 * h);
        CHECK(pulse.field(t) == Approx(-slope).margin(1e-6 * scale * pulse.omega()));
        CHECK(pulse.excursion(t) == Approx(simpson(pulse, t, 20000)).margin(1e-12 * scale / pulse.omega()));
        CHECK(std::abs(pulse.vector_potential(t)) <= scale);
      }
      CHECK(pulse.excursion(2 * pulse.duration()) == pulse.excursion(pulse.duration()));
      CHECK(pulse.excursion(-1) == 0);
    }
}

TEST_CASE("an integrated excursion is as smooth as a closed one") {
  // Its second difference is -F h², also from one interval of the quadrature to the next.
  const Pulse pulse(2e14, 0.3, {.cycles = 1.3, .envelope = Envelope::gaussian});
  const double h = pulse.duration() / 7001, scale = pulse.largest_vector_potential();
  double worst = 0;
  for (int i = 1; i < 7000; ++i) {
    const double t = i * h;
    const double second = pulse.excursion(t + h) - 2 * pulse.excursion(t) + pulse.excursion(t - h);
    worst = std::max(worst, std::abs(second / (h * h) + pulse.field(t)));
  }
  CHECK(worst < 1e-4 * scale * pulse.omega());
}

TEST_CASE("vector potential and field vanish at both ends, whatever the envelope") {
  for (const auto& shape : shapes) {
    INFO(to_text(shape));
    const Pulse pulse(2e14, 0.7, shape);
    const double scale = pulse.largest_vector_potential(), edge = 1e-5 * pulse.duration();
    for (const double t : {0.0, pulse.duration()}) {
      CHECK(pulse.vector_potential(t) == 0);
      CHECK(pulse.field(t) == 0);
    }
    // ∫F dt = A(0) - A(t_f), and nothing jumps there.
    for (const double t : {edge, pulse.duration() - edge}) {
      CHECK(std::abs(pulse.vector_potential(t)) < 1e-8 * scale);
      CHECK(std::abs(pulse.field(t)) < 1e-3 * scale * pulse.omega());
    }
  }
}

TEST_CASE("the sign is that of Eq. (1): (-1)^n (F0/ω) sin² sin") {
  for (const int n : {2, 3}) {
    const Pulse pulse(1e14, 0.4, {.cycles = static_cast<double>(n)});
    const double t = 0.1 * pulse.duration();
    CHECK(pulse.vector_potential(t) ==
          Approx((n % 2 ? -1 : 1) * pulse.peak_field() / pulse.omega() *
                 std::pow(std::sin(pulse.omega() * t / (2 * n)), 2) * std::sin(pulse.omega() * t + 0.4)));
  }
}

TEST_CASE(
    "cycles need not be whole: the phase is that in the middle of the pulse, and nothing jumps at whole "
    "ones") {
  for (const double n : {2.0, 3.0}) {
    const Pulse whole(1e14, 0.4, {.cycles = n}), near(1e14, 0.4, {.cycles = n + 1e-9});
    for (const double share : {0.2, 0.5, 0.9}) {
      const double t = share * whole.duration();
      CHECK(near.vector_potential(t) == Approx(whole.vector_potential(t)).margin(1e-7));
      CHECK(near.excursion(t) == Approx(whole.excursion(t)).margin(1e-5));
    }
  }
  const Pulse pulse(1e14, 0.4, {.cycles = 2.5});
  CHECK(pulse.vector_potential(pulse.duration() / 2) ==
        Approx(pulse.peak_field() / pulse.omega() * std::sin(0.4)));
}

TEST_CASE("cycles of a Gaussian pulse are those in the full width of its intensity at half maximum") {
  const PulseShape shape{.cycles = 4, .envelope = Envelope::gaussian};
  const Pulse pulse(1e14, pi / 2, shape);  // |A| has its maximum in the middle
  const double period = 2 * pi / pulse.omega(), middle = pulse.duration() / 2;
  CHECK(pulse.duration() == Approx(5 * 4 * period));
  const double top = pulse.vector_potential(middle), at_half = pulse.vector_potential(middle + 2 * period);
  CHECK(top == Approx(pulse.peak_field() / pulse.omega()));
  CHECK(at_half * at_half == Approx(0.5 * top * top).epsilon(2e-3));
  CHECK(Pulse(1e14, 0, {.cycles = 0.6, .envelope = Envelope::gaussian}).duration() == Approx(3 * period));
}

TEST_CASE("a second colour adds its own carrier under the same envelope") {
  const double cep = 0.3, delta = 1.1, rho = 0.25;
  for (const auto envelope : {Envelope::sin2, Envelope::gaussian})
    for (const double cycles : {2.0, 3.0, 2.5}) {
      const PulseShape one{.cycles = cycles, .envelope = envelope};
      PulseShape two = one;
      two.harmonic = 2;
      two.relative_intensity = rho;
      two.relative_phase = delta;
      const Pulse first(1e14, cep, one), both(1e14, cep, two);
      // The quarter of a cycle later the first colour has a cosine: its envelope follows from both.
      const Pulse shifted(1e14, cep + pi / 2, one);
      for (const double share : {0.3, 0.52}) {
        const double t = share * first.duration(), theta = first.omega() * (t - first.duration() / 2) + cep;
        const double envelope_here = std::hypot(first.vector_potential(t), shifted.vector_potential(t));
        CHECK(both.vector_potential(t) - first.vector_potential(t) ==
              Approx(envelope_here * std::sqrt(rho) / 2 * std::sin(2 * theta + delta)).margin(1e-12));
      }
      CHECK(both.largest_vector_potential() == Approx(1.25 * first.largest_vector_potential()));
    }
}

TEST_CASE("a second colour of no intensity is none, bit for bit") {
  for (const auto envelope : {Envelope::sin2, Envelope::gaussian}) {
    const Pulse one(1e14, 0.3, {.cycles = 2.5, .envelope = envelope}),
        other(1e14, 0.3, {.cycles = 2.5, .envelope = envelope, .harmonic = 3, .relative_phase = 1});
    for (const double t : {10.0, 77.7, 200.0})
      CHECK((one.vector_potential(t) == other.vector_potential(t) && one.field(t) == other.field(t) &&
             one.excursion(t) == other.excursion(t)));
  }
}

TEST_CASE("φ + π reverses the field of one colour and of odd harmonics; even ones need Δ + π besides") {
  for (const auto& shape : shapes) {
    INFO(to_text(shape));
    const RunParameters run{.cep = 0.4};
    const ModelParameters model{.pulse = shape};
    const Pulse pulse(run, model), reversed(reversed_field(run, model), model);
    const bool one_colour = shape.relative_intensity == 0;
    CHECK(pulse.reversed_by_cep() == (one_colour || shape.harmonic == 3));
    CHECK(reversed_field(run, model).declared.empty() == pulse.reversed_by_cep());
    const double scale = pulse.largest_vector_potential();
    double by_cep_alone = 0;
    for (const double share : {0.2, 0.37, 0.5, 0.8}) {
      const double t = share * pulse.duration();
      CHECK(reversed.vector_potential(t) == Approx(-pulse.vector_potential(t)).margin(1e-12 * scale));
      CHECK(reversed.excursion(t) == Approx(-pulse.excursion(t)).margin(1e-10 * scale / pulse.omega()));
      const Pulse turned(run.intensity_w_cm2, run.cep + pi, shape);
      by_cep_alone = std::max(by_cep_alone, std::abs(turned.vector_potential(t) + pulse.vector_potential(t)));
    }
    CHECK((by_cep_alone < 1e-12 * scale) == pulse.reversed_by_cep());
  }
}

TEST_CASE("a run's own wavelength, cycles and second colour come before those of its data set") {
  RunParameters run{.intensity_w_cm2 = 1e14, .cep = 0.2};
  run.declared = {{"cycles", 3}, {"other", 7}, {"relative_intensity", 0.2}, {"wavelength_nm", 1200}};
  const ModelParameters model{.pulse = {.wavelength_nm = 800, .cycles = 2, .relative_phase = 1}};
  const PulseShape expected{
      .wavelength_nm = 1200, .cycles = 3, .relative_intensity = 0.2, .relative_phase = 1};
  CHECK(shape_of(run, model.pulse) == expected);
  CHECK(Pulse(run, model).shape() == expected);
  CHECK(Pulse(run, model).excursion(50) == Pulse(1e14, 0.2, expected).excursion(50));
}

TEST_CASE("impossible pulses are refused") {
  const auto refused = [](const PulseShape& shape, const char* key) {
    CHECK_THROWS_WITH(Pulse(1e14, 0, shape), Contains(key));
    CHECK_THROWS_AS(Pulse(1e14, 0, shape), ConfigError);
  };
  CHECK_THROWS_AS(Pulse(-1, 0), ConfigError);
  CHECK_THROWS_AS(Pulse(NAN, 0), ConfigError);
  CHECK_THROWS_AS(Pulse(1e14, INFINITY), ConfigError);
  refused({.wavelength_nm = 0}, "pulse.wavelength_nm: 0");
  refused({.cycles = 0}, "pulse.cycles: 0");
  refused({.cycles = 0.9}, "expected at least 1");
  refused({.cycles = 0.4, .envelope = Envelope::gaussian}, "expected at least 0.5");
  refused({.cycles = INFINITY}, "pulse.cycles");
  refused({.relative_intensity = 1.5}, "expected 0 to 1");
  refused({.relative_intensity = NAN}, "pulse.relative_intensity");
  refused({.harmonic = 1, .relative_intensity = 0.1}, "pulse.harmonic");
  refused({.relative_phase = NAN}, "pulse.relative_phase");
}
