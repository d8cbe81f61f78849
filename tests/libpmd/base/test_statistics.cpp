#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include <catch2/catch.hpp>

#include "libpmd/base/random/random.hpp"
#include "libpmd/base/statistics/average.hpp"
#include "libpmd/base/statistics/quantile.hpp"

using namespace bondscope;

TEST_CASE("an average has the standard deviation of a sample, and none of a single value") {
  const std::vector<double> one{5}, three{1, 2, 4};
  CHECK(average(one).mean == 5);
  CHECK_FALSE(average(one).sd);
  const auto all = average(three);
  CHECK(all.mean == Approx(7.0 / 3));
  CHECK(*all.sd == Approx(std::sqrt(7.0 / 3)));
  CHECK(all.count == 3);
}

TEST_CASE("an average shows the digits that its standard deviation leaves") {
  CHECK(describe({.mean = 0.063412, .sd = 0.002134}) == "0.0634 ± 0.0021");
  CHECK(describe({.mean = 12.3456, .sd = 3.21}) == "12.3 ± 3.2");
  CHECK(describe({.mean = 1234.5, .sd = 321}) == "1234 ± 321");
  CHECK(describe({.mean = 0.5, .sd = 0}) == "0.500 ± 0.000");
  CHECK(describe({.mean = 0.063412}) == "0.0634");
  CHECK(describe({.mean = 1.5e8, .sd = 2.5e7}) == "1.5e+08 ± 2.5e+07");
}

TEST_CASE("quantiles lie between the values in their order") {
  const std::vector<double> values{4, 1, 3, 2};
  CHECK(quantile(values, 0) == 1);
  CHECK(quantile(values, 1) == 4);
  CHECK(quantile(values, 0.25) == Approx(1.75));
  CHECK(median(values) == 2.5);
  CHECK(median({3, 1, 2}) == 2);
  constexpr double infinity = std::numeric_limits<double>::infinity();
  CHECK(quantile({1, infinity}, 0.5) == infinity);
  CHECK(quantile({infinity, infinity}, 0.5) == infinity);
}

TEST_CASE("the robust deviation of normal values is their standard deviation, whatever a few do") {
  std::mt19937_64 generator(1);
  std::normal_distribution<double> normal(5, 0.2);
  std::vector<double> values(5000);
  for (auto& value : values)
    value = normal(generator);
  CHECK(robust_deviation(values) == Approx(0.2).epsilon(0.05));
  std::fill_n(values.begin(), 100, 1e6);
  CHECK(robust_deviation(values) == Approx(0.2).epsilon(0.08));
  CHECK(robust_deviation({}) == 0);
}

TEST_CASE("the bootstrap interval holds the true mean about 95 times in 100") {
  // Exponential errors, mean 1, as skewed as absolute errors are.
  int held = 0;
  const int trials = 400;
  for (int trial = 0; trial < trials; ++trial) {
    Random random(11, "errors", static_cast<std::uint64_t>(trial));
    std::vector<double> errors(60);
    for (auto& e : errors)
      e = -std::log1p(-random.uniform());
    const auto interval = bootstrap_mean_95(errors, static_cast<std::uint64_t>(trial), 500);
    held += interval.low <= 1 && 1 <= interval.high;
  }
  CHECK(held >= 0.90 * trials);
  CHECK(held <= 0.98 * trials);
}

TEST_CASE("the bootstrap depends on its seed only") {
  const std::vector<double> errors{0.1, 0.52, 0.23, 0.97, 0.31, 0.05, 0.44, 0.62, 0.77, 0.18};
  const auto a = bootstrap_mean_95(errors, 1), b = bootstrap_mean_95(errors, 1),
             c = bootstrap_mean_95(errors, 2);
  CHECK(a.low == b.low);
  CHECK(a.high == b.high);
  CHECK((a.low != c.low || a.high != c.high));
}
