#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

#include <catch2/catch.hpp>

#include "libpmd/base/error.hpp"
#include "libpmd/detector/rotation.hpp"
#include "tests/libpmd/model/planes.hpp"

using namespace bondscope;

namespace {

const MomentumPlane plane = centred_plane(150, 0.0125, 75, 0.025);

/// Fringes of period 0.5 a.u. and 1.25 a.u. under an envelope that is small at the rim.
double fringes(double x, double y) {
  return std::exp(-x * x / 0.16 - y * y / 0.12) *
         (1.1 + std::cos(4 * std::numbers::pi * x) * std::cos(5 * y));
}

double turned_fringes(double x, double y, double degrees) {
  const double a = degrees * std::numbers::pi / 180;
  return fringes(std::cos(a) * x + std::sin(a) * y, std::cos(a) * y - std::sin(a) * x);
}

}  // namespace

TEST_CASE("half a turn reverses the samples exactly, whole turns change nothing") {
  const auto pmd = sampled(plane, [](double x, double y) { return fringes(x - 0.3, y + 0.1); });
  const std::vector<float> reversed(pmd.rbegin(), pmd.rend());
  for (const double degrees : {0.0, 360.0, -360.0})
    CHECK(rotated(pmd, plane, degrees) == pmd);
  for (const double degrees : {180.0, -180.0})
    CHECK(rotated(pmd, plane, degrees) == reversed);
}

TEST_CASE("a quarter of a turn on a square plane is exact and goes from kx to ky") {
  const auto square = centred_plane(40, 0.05, 40, 0.05);
  std::vector<float> pmd(square.size());
  pmd[70 * 81 + 40] = 1;  // kx = 1.5, ky = 0
  std::vector<float> up(square.size()), down(square.size());
  up[40 * 81 + 70] = 1;
  down[40 * 81 + 10] = 1;
  CHECK(rotated(pmd, square, 90) == up);
  CHECK(rotated(pmd, square, -270) == up);
  CHECK(rotated(pmd, square, -90) == down);
}

TEST_CASE("turned values are those of the turned function, and the norm stays") {
  const auto pmd = sampled(plane, fringes);
  const double norm = moments(pmd, plane).norm;
  for (const double degrees : {0.7, -13.0, 45.0, 90.0, 158.0}) {
    CAPTURE(degrees);
    const auto seen = rotated(pmd, plane, degrees);
    double worst = 0;
    for (std::size_t i = 0; i < seen.size(); ++i)
      worst = std::max(worst, std::abs(seen[i] - turned_fringes(kx_at(plane, i), ky_at(plane, i), degrees)));
    CHECK(worst < 2e-3);  // of a maximum of 2.1
    CHECK(moments(seen, plane).norm == Approx(norm).epsilon(1e-5));
  }
}

TEST_CASE("there and back again") {
  const auto pmd = sampled(plane, fringes);
  for (const double degrees : {1.0, 10.0, -37.0}) {
    const auto back = rotated(rotated(pmd, plane, degrees), plane, -degrees);
    double worst = 0, mean = 0;
    for (std::size_t i = 0; i < pmd.size(); ++i) {
      worst = std::max(worst, static_cast<double>(std::abs(back[i] - pmd[i])));
      mean += std::abs(back[i] - pmd[i]);
    }
    CAPTURE(degrees);
    CHECK(worst < 4e-3);
    CHECK(mean < 5e-4 * moments(pmd, plane).norm);
  }
}

TEST_CASE("steps and single points do not ring") {
  auto pmd = sampled(plane, [](double x, double y) { return x > 0.2 && y < 0.3 ? 1.0 : 1e-6; });
  pmd[plane.size() / 2] = 5;
  for (const double degrees : {3.0, 45.0, 77.7}) {
    const auto seen = rotated(pmd, plane, degrees);
    const auto [low, high] = std::minmax_element(seen.begin(), seen.end());
    CHECK(*low >= 0);
    CHECK(*high <= 5);
    CHECK(std::count_if(seen.begin(), seen.end(), [](float v) { return v > 1; }) <= 12);
  }
}

TEST_CASE("beyond the stored plane there is nothing") {
  const std::vector<float> ones(plane.size(), 1.f);
  const auto seen = rotated(ones, plane, 45);
  CHECK(seen.front() == 0);
  CHECK(seen[plane.size() / 2] == 1);
  for (const float value : seen)
    CHECK((value == 0 || value == Approx(1)));
}

TEST_CASE("angles and distributions that cannot be are refused") {
  const std::vector<float> pmd(plane.size(), 1.f);
  for (const double degrees :
       {361.0, -1e9, std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()})
    CHECK_THROWS_AS(rotated(pmd, plane, degrees), ConfigError);
  CHECK_THROWS_AS(rotated(std::span(pmd).first(5), plane, 3), DataError);
}
