#include <cmath>

#include <catch2/catch.hpp>

#include "libtdse/solver/dispersion.hpp"

using namespace bondscope;
using namespace bondscope::tdse;

TEST_CASE("the dispersion is free below the roll-off and flat at the Nyquist momentum") {
  const double nyquist = 6.2;
  const Dispersion d(nyquist, 0.6);
  const double h = 1e-4;
  for (const double k : {0.0, 1.0, -2.5, 3.7}) {
    CHECK(d.effective_momentum(k) == k);
    CHECK(d.coupling_momentum(k) == k);
  }
  CHECK((d.effective_momentum(nyquist) - d.effective_momentum(nyquist - h)) / h == Approx(0).margin(1e-6));
  CHECK(d.effective_momentum(nyquist) == Approx(0.8 * nyquist));
  CHECK(d.coupling_momentum(nyquist) == Approx(0).margin(1e-12));
  double previous = 0;
  for (double k = 0.01; k < nyquist; k += 0.01) {
    const double now = d.effective_momentum(k);
    CHECK(now > previous);
    CHECK(now <= k);
    CHECK(d.effective_momentum(-k) == -now);
    previous = now;
  }
}

TEST_CASE("a roll-off of one leaves the plain dispersion") {
  const Dispersion d(5, 1);
  CHECK(d.effective_momentum(5) == 5);
  CHECK(d.effective_momentum(-5) == -5);
  CHECK(d.coupling_momentum(4.99) == 4.99);
}

TEST_CASE("the admissible time step keeps every grid state below the resonance") {
  for (const double roll_off : {0.5, 0.7, 1.0}) {
    const Dispersions d({.spacing = 0.5, .roll_off = roll_off});
    const double without = largest_time_step(d, 0, 2), with = largest_time_step(d, 1.9, 2);
    CHECK(with < without);
    CHECK(largest_time_step(d, 0, 3) < without);
    CHECK(without * (2 * std::pow(d.x.effective_momentum(6.28), 2) / 2) < 2 * M_PI);
  }
}

TEST_CASE("the directions bend where each is told to, and the admissible step knows both") {
  const Dispersions d({.spacing = 0.5, .roll_off = {0.75, 0.4}});
  const double nyquist = M_PI / 0.5;
  CHECK(d.x.faithful_up_to() == Approx(0.75 * nyquist));
  CHECK(d.y.faithful_up_to() == Approx(0.4 * nyquist));
  CHECK(d.largest_energy(1.9) == d.x.largest_energy(1.9) + d.y.largest_energy(0));
  const auto longest = [](RollOff roll_off) {
    return largest_time_step(Dispersions({.spacing = 0.5, .roll_off = roll_off}), 1.9, 2);
  };
  CHECK(longest({0.75, 0.4}) > longest(0.75));
  CHECK(longest({0.75, 0.4}) < longest({0.6, 0.4}));
  CHECK(longest({0.6, 0.6}) == longest(0.6));
}
