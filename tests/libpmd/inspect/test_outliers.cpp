#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include <catch2/catch.hpp>

#include "libpmd/base/statistics/quantile.hpp"
#include "libpmd/inspect/outliers.hpp"

using namespace bondscope;

namespace {

/// A trend like that of log10 yields: steep, curved, with a bump that no cubic polynomial follows.
std::vector<TrendPoint> yields(std::size_t count, double noise, std::uint64_t seed = 3) {
  std::mt19937_64 generator(seed);
  std::normal_distribution<double> normal;
  std::uniform_real_distribution<double> R(1, 8), log_intensity(14, 14.6);
  std::vector<TrendPoint> points(count);
  for (auto& p : points) {
    p.x = R(generator);
    p.y = log_intensity(generator);
    p.value = -8 + 6 * (p.y - 14) + 0.9 * p.x - 0.06 * p.x * p.x + 0.4 * std::exp(-std::pow(p.x - 5, 2)) +
              noise * normal(generator);
  }
  return points;
}

}  // namespace

TEST_CASE("a smooth trend leaves small residuals") {
  const auto residuals = trend_residuals(yields(300, 0));
  REQUIRE(residuals.size() == 300);
  CHECK(robust_deviation(residuals) < 0.04);
  CHECK(*std::max_element(residuals.begin(), residuals.end()) < 0.3);
}

TEST_CASE("single bad values stand out and do not betray their neighbours") {
  auto points = yields(300, 0.02);
  const std::vector<std::size_t> bad{7, 100, 250};
  points[7].value += 1;
  points[100].value -= 3;
  points[250].value += 40;
  const auto residuals = trend_residuals(points);
  CHECK(residuals[7] == Approx(1).margin(0.2));
  CHECK(residuals[100] == Approx(-3).margin(0.2));
  CHECK(residuals[250] == Approx(40).margin(0.2));
  for (std::size_t i = 0; i < points.size(); ++i)
    if (std::find(bad.begin(), bad.end(), i) == bad.end()) CHECK(std::abs(residuals[i]) < 0.3);
}

TEST_CASE("too few points tell nothing") {
  CHECK(trend_residuals(yields(24, 0)).empty());
  CHECK(trend_residuals(yields(25, 0)).size() == 25);
  CHECK(trend_residuals({}).empty());
}

TEST_CASE("points on a line or in one place are no trouble") {
  auto line = yields(60, 0.01);
  for (auto& p : line) {
    p.y = 14.3;
    p.value = 0.5 * p.x;
  }
  line[30].value += 2;
  const auto residuals = trend_residuals(line);
  CHECK(residuals[30] == Approx(2).margin(0.2));
  const std::vector<TrendPoint> same(30, TrendPoint{2, 14, -3});
  for (const double residual : trend_residuals(same))
    CHECK(std::abs(residual) < 1e-6);
}

TEST_CASE("more points than a neighbourhood holds") {
  auto points = yields(2500, 0.02);
  points[1234].value += 1;
  const auto residuals = trend_residuals(points);
  CHECK(residuals[1234] == Approx(1).margin(0.2));
  CHECK(std::count_if(residuals.begin(), residuals.end(), [](double r) { return std::abs(r) > 0.3; }) == 1);
}
