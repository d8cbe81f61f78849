#include <cmath>

#include <catch2/catch.hpp>

#include "libpmd/base/error.hpp"
#include "libpmd/model/potential.hpp"
#include "libpmd/model/units.hpp"

using namespace bondscope;

namespace {

double gradient_squared_by_differences(const Potential& v, double x, double y) {
  const double h = 1e-5;
  const double gx = (v.value(x + h, y) - v.value(x - h, y)) / (2 * h);
  const double gy = (v.value(x, y + h) - v.value(x, y - h)) / (2 * h);
  return gx * gx + gy * gy;
}

}  // namespace

TEST_CASE("H2+ is the sum of two soft-core centres, Eq. (3)") {
  const Potential v({.molecule = "H2+", .R = 3}, {});
  const auto centre = [](double dx, double dy) { return -1 / std::sqrt(dx * dx + dy * dy + 0.5); };
  CHECK(v.value(0.4, -1.1) == Approx(centre(0.4 - 1.5, -1.1) + centre(0.4 + 1.5, -1.1)));
  CHECK(v.value(0.4, -1.1) == Approx(v.value(-0.4, 1.1)).epsilon(1e-15));
}

TEST_CASE("HeH+ has the proton at +R/2 and the helium core opposite, Eq. (7)") {
  const Potential v({.molecule = "HeH+", .R = 2}, {});
  const double x = 0.3, y = 0.2, s1 = (x - 1) * (x - 1) + y * y, s2 = (x + 1) * (x + 1) + y * y;
  CHECK(v.value(x, y) ==
        Approx(-1 / std::sqrt(s1 + 0.5) - (1 + std::exp(-1.063 * s2)) / std::sqrt(s2 + 0.5)));
  CHECK(v.value(-1, 0) < v.value(1, 0));
}

TEST_CASE("the orientation angle turns the molecule") {
  const Potential along({.R = 4}, {}), across({.R = 4, .angle = 90 * units::degrees}, {});
  CHECK(across.value(0.3, 1.2) == Approx(along.value(1.2, -0.3)));
}

TEST_CASE("the gradient is that of the potential") {
  for (const char* molecule : {"H2+", "HeH+"}) {
    const Potential v({.molecule = molecule, .R = 2.2, .angle = 0.4}, {});
    for (const double x : {-2.0, -0.9, 0.1, 1.3})
      for (const double y : {-0.7, 0.0, 2.5})
        CHECK(v.gradient_squared(x, y) ==
              Approx(gradient_squared_by_differences(v, x, y)).epsilon(1e-6).margin(1e-10));
  }
}

TEST_CASE("a data set's softening is that of H2+, not of HeH+, whose own is ½") {
  const ModelParameters soft{.softening = 1.0};
  CHECK(Potential({.molecule = "H2+"}, soft).value(1, 0) > Potential({.molecule = "H2+"}, {}).value(1, 0));
  CHECK(Potential({.molecule = "HeH+"}, soft).value(1, 0) == Potential({.molecule = "HeH+"}, {}).value(1, 0));
  CHECK(Potential({.molecule = "HeH+"}, soft).smallest_softening() == 0.5);
}

TEST_CASE("centres lie where they always lay, bit for bit") {
  for (const char* molecule : {"H2+", "HeH+"})
    for (const double R : {1.0, 2.346, 7.1})
      for (const double angle : {0.0, 0.4, 2.0, units::pi / 2, units::pi}) {
        const Potential v({.molecule = molecule, .R = R, .angle = angle}, {});
        const double x = 0.5 * R * std::cos(angle), y = 0.5 * R * std::sin(angle);
        CHECK(v.centres()[0].x == x);
        CHECK(v.centres()[0].y == y);
        CHECK(v.centres()[1].x == -x);
        CHECK(v.centres()[1].y == -y);
        CHECK(v.extent() == R);
      }
}

TEST_CASE("impossible molecules are refused, misspelt ones with a suggestion") {
  CHECK_THROWS_AS(Potential({.R = -1}, {}), ConfigError);
  CHECK_THROWS_AS(Potential({.angle = NAN}, {}), ConfigError);
  CHECK_THROWS_AS(Potential({}, {.softening = 0}), ConfigError);
  CHECK_THROWS_WITH(Potential({.molecule = "HeH"}, {}), Catch::Contains("did you mean 'HeH+'"));
}
