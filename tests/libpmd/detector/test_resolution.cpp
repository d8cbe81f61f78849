#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

#include <catch2/catch.hpp>

#include "libpmd/base/error.hpp"
#include "libpmd/detector/resolution.hpp"
#include "tests/libpmd/model/planes.hpp"

using namespace bondscope;

TEST_CASE("weights have norm 1 and the variance asked for, and are those of a Gaussian") {
  for (const double sigma : {1e-6, 0.01, 0.2, 0.7, 0.999, 1.0, 1.5, 10.0, 127.3}) {
    CAPTURE(sigma);
    const auto weights = gaussian_weights(sigma);
    const double t = sigma * sigma;
    double norm = weights[0], variance = 0;
    for (std::size_t n = 1; n < weights.size(); ++n) {
      const auto distance = static_cast<double>(n);
      CHECK(weights[n] <= weights[n - 1]);
      norm += 2 * weights[n];
      variance += 2 * weights[n] * distance * distance;
      const double expected =
          sigma < 1 ? std::exp(-t) * std::cyl_bessel_i(distance, t)
                    : std::exp(-distance * distance / (2 * t)) / std::sqrt(2 * std::numbers::pi * t);
      CHECK(weights[n] == Approx(expected).epsilon(1e-7).margin(1e-25));
    }
    CHECK(norm == Approx(1).epsilon(1e-13));
    CHECK(variance == Approx(t).epsilon(1e-6));
  }
  CHECK(gaussian_weights(0) == std::vector<double>{1});
}

TEST_CASE("a Gaussian's width grows as the root of the sum of squares, its norm stays") {
  const auto plane = centred_plane(240, 0.0125, 120, 0.025);
  const double width_x = 0.25, width_y = 0.2;
  const auto pmd = sampled(plane, [&](double x, double y) {
    return 0.01 * std::exp(-0.5 * std::pow((x - 0.3) / width_x, 2) - 0.5 * std::pow((y + 0.2) / width_y, 2));
  });
  const auto before = moments(pmd, plane);
  for (const double sigma : {0.002, 0.0125, 0.05, 0.2}) {
    CAPTURE(sigma);
    const auto after = moments(blurred(pmd, plane, sigma), plane);
    CHECK(after.norm == Approx(before.norm).epsilon(1e-6));
    CHECK(after.kx == Approx(0.3).epsilon(1e-6));
    CHECK(after.ky == Approx(-0.2).epsilon(1e-6));
    CHECK(std::sqrt(after.kx_variance) == Approx(std::hypot(width_x, sigma)).epsilon(2e-6));
    CHECK(std::sqrt(after.ky_variance) == Approx(std::hypot(width_y, sigma)).epsilon(2e-6));
  }
  // Not only the moments: the whole shape, five decades down.
  const double sigma = 0.1;
  const auto seen = blurred(pmd, plane, sigma);
  const double sx = std::hypot(width_x, sigma), sy = std::hypot(width_y, sigma);
  for (std::size_t i = 0; i < seen.size(); i += 7) {
    const double exact = 0.01 * width_x * width_y / (sx * sy) *
                         std::exp(-0.5 * std::pow((kx_at(plane, i) - 0.3) / sx, 2) -
                                  0.5 * std::pow((ky_at(plane, i) + 0.2) / sy, 2));
    if (exact > 1e-9) CHECK(seen[i] == Approx(exact).epsilon(1e-3));
  }
}

TEST_CASE("no width is the identity, and a small one nearly") {
  const auto plane = centred_plane(20, 0.05, 15, 0.04);
  const auto pmd = sampled(plane, [](double x, double y) { return 1 + std::sin(31 * x + 17 * y); });
  CHECK(blurred(pmd, plane, 0) == pmd);
  const auto seen = blurred(pmd, plane, 1e-5);
  for (std::size_t i = 0; i < pmd.size(); ++i)
    CHECK(seen[i] == Approx(pmd[i]).margin(1e-6));
}

TEST_CASE("what leaves the stored plane is lost, and only that") {
  const auto plane = centred_plane(30, 0.1, 30, 0.1);
  std::vector<float> corner(plane.size()), centre(plane.size());
  corner[0] = 1;
  centre[30 * 61 + 30] = 1;
  const double kept = 0.5 * (1 + gaussian_weights(2)[0]);  // half of a kernel and its middle
  CHECK(moments(blurred(corner, plane, 0.2), plane).norm == Approx(kept * kept).epsilon(1e-6));
  CHECK(moments(blurred(centre, plane, 0.2), plane).norm == Approx(1).epsilon(1e-6));
  // A kernel much longer than the axes.
  const auto wide = blurred(centre, plane, 1);
  CHECK(moments(wide, plane).norm < 1);
  CHECK(wide[0] > 0);
}

TEST_CASE("widths and distributions that cannot be are refused") {
  const auto plane = centred_plane(3, 0.1, 3, 0.1);
  const std::vector<float> pmd(plane.size(), 1.f);
  for (const double sigma :
       {-0.1, 1.01, std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()})
    CHECK_THROWS_AS(blurred(pmd, plane, sigma), ConfigError);
  CHECK_THROWS_AS(blurred(std::span(pmd).first(5), plane, 0.1), DataError);
}
