#include <cmath>

#include <catch2/catch.hpp>

#include "libpmd/base/error.hpp"
#include "libpmd/model/pulse.hpp"
#include "libpmd/model/units.hpp"

using namespace bondscope;

TEST_CASE("the two-cycle 800 nm pulse has the frequency, duration and field of the model") {
  const Pulse pulse(units::intensity_w_cm2, 0, {});
  CHECK(pulse.omega() == Approx(0.056954).epsilon(1e-5));
  CHECK(pulse.duration() == Approx(220.64).epsilon(1e-4));
  CHECK(pulse.peak_field() == Approx(1).epsilon(1e-12));
}

TEST_CASE(
    "field and excursion are derivative and integral of the vector potential, for any phase and cycles") {
  for (const int cycles : {1, 2, 3, 7})
    for (const double cep : {0.0, 0.7, 4.5}) {
      const Pulse pulse(2e14, cep, {.wavelength_nm = 800, .cycles = cycles});
      const double scale = pulse.peak_field() / pulse.omega();
      double integral = 0;
      const int n = 40000;
      const double h = pulse.duration() / n;
      for (int i = 0; i < n; ++i) {
        const double t = (i + 0.5) * h;
        integral += pulse.vector_potential(t) * h;
        if (i % 1999 == 0) {
          const double slope =
              (pulse.vector_potential(t + 0.5 * h) - pulse.vector_potential(t - 0.5 * h)) / h;
          CHECK(pulse.field(t) == Approx(-slope).margin(1e-7));
          CHECK(pulse.excursion(t + 0.5 * h) == Approx(integral).margin(1e-6 * scale * pulse.duration()));
        }
      }
      CHECK(pulse.vector_potential(0) == 0);
      CHECK(pulse.vector_potential(pulse.duration()) == 0);
      CHECK(pulse.excursion(2 * pulse.duration()) == pulse.excursion(pulse.duration()));
    }
}

TEST_CASE("the sign is that of Eq. (1): (-1)^n (F0/ω) sin² sin") {
  const Pulse two(1e14, 0, {}), three(1e14, 0, {.wavelength_nm = 800, .cycles = 3});
  const double t = 0.1 * two.duration();
  const double expected =
      two.peak_field() / two.omega() * std::pow(std::sin(two.omega() * t / 4), 2) * std::sin(two.omega() * t);
  CHECK(two.vector_potential(t) == Approx(expected));
  CHECK(three.vector_potential(0.1 * three.duration()) < 0);
}

TEST_CASE("impossible pulses are refused") {
  CHECK_THROWS_AS(Pulse(-1, 0, {}), ConfigError);
  CHECK_THROWS_AS(Pulse(NAN, 0, {}), ConfigError);
  CHECK_THROWS_AS(Pulse(1e14, INFINITY, {}), ConfigError);
  CHECK_THROWS_AS(Pulse(1e14, 0, {.wavelength_nm = 0, .cycles = 2}), ConfigError);
  CHECK_THROWS_AS(Pulse(1e14, 0, {.wavelength_nm = 800, .cycles = 0}), ConfigError);
}
