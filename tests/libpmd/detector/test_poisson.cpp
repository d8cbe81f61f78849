#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <vector>

#include <catch2/catch.hpp>

#include "libpmd/base/error.hpp"
#include "libpmd/detector/counting.hpp"

using namespace bondscope;

namespace {

std::vector<double> drawn(double mean, std::size_t count) {
  std::vector<double> values;
  for (std::size_t i = 0; i < count; ++i) {
    RandomDraws draws({.seed = 20261121, .run = 3}, RandomPurpose::counts, i);
    values.push_back(poisson(mean, draws));
  }
  return values;
}

/// By the C library's own factorial, in long double.
double probability(double count, double mean) {
  const long double k = count, m = mean;
  return static_cast<double>(std::exp(k * std::log(m) - m - std::lgamma(k + 1)));
}

/// χ² of the counts in intervals of equal width within 4 standard deviations, as standard deviations of the
/// χ² distribution.
double chi_square_deviation(const std::vector<double>& values, double mean) {
  const double sigma = std::sqrt(mean);
  const double first = std::max(0.0, std::floor(mean - 4 * sigma)), last = std::ceil(mean + 4 * sigma + 3);
  const double width = std::max(1.0, std::floor((last - first) / 60));
  const auto bins = static_cast<std::size_t>((last - first) / width) + 1;
  std::vector<double> observed(bins + 1), expected(bins + 1);
  for (const double value : values)
    ++observed[value < first || value >= first + static_cast<double>(bins) * width
                   ? bins
                   : static_cast<std::size_t>((value - first) / width)];
  expected[bins] = 1;
  for (std::size_t bin = 0; bin < bins; ++bin) {
    for (double k = 0; k < width; ++k)
      expected[bin] += probability(first + static_cast<double>(bin) * width + k, mean);
    expected[bins] -= expected[bin];
  }
  // What is expected fewer than ten times is one bin together.
  const auto n = static_cast<double>(values.size());
  double chi_square = 0, freedom = -1, rare_observed = 0, rare_expected = 0;
  const auto take = [&](double seen, double due) {
    chi_square += (seen - due) * (seen - due) / due;
    ++freedom;
  };
  for (std::size_t bin = 0; bin <= bins; ++bin)
    if (n * expected[bin] >= 10) {
      take(observed[bin], n * expected[bin]);
    } else {
      rare_observed += observed[bin];
      rare_expected += n * expected[bin];
    }
  if (rare_expected >= 3) take(rare_observed, rare_expected);
  return (chi_square - freedom) / std::sqrt(2 * freedom);
}

}  // namespace

TEST_CASE("Poisson numbers have the mean, the variance and the probabilities that they should") {
  constexpr std::size_t count = 200'000;
  for (const double mean : {0.1, 1.0, 9.0, 9.99, 10.0, 10.5, 30.0, 1e3, 1e6, 1e9}) {
    CAPTURE(mean);
    const auto values = drawn(mean, count);
    double sum = 0, squares = 0;
    for (const double value : values) {
      REQUIRE((value >= 0 && value == std::floor(value)));
      sum += value - mean;
      squares += (value - mean) * (value - mean);
    }
    const double n = count;
    CHECK(std::abs(sum / n) < 4 * std::sqrt(mean / n));
    // The fourth central moment is mean + 3 mean².
    CHECK(std::abs(squares / n - mean) < 4 * std::sqrt((mean + 2 * mean * mean) / n));
    const double deviation = chi_square_deviation(values, mean);
    CHECK(deviation < 4);
    CHECK(deviation > -4);
  }
}

TEST_CASE("a wrong mean is noticed by these bounds") {
  CHECK(chi_square_deviation(drawn(30.3, 200'000), 30) > 10);
  CHECK(chi_square_deviation(drawn(1000, 200'000), 1001) > 10);
}

TEST_CASE("neighbouring items, runs and seeds have independent numbers") {
  const double n = 100'000, mean = 20;
  const auto correlation = [&](const RandomKey& a, const RandomKey& b, std::uint64_t shift) {
    double sum = 0;
    for (std::uint64_t i = 0; i < 100'000; ++i) {
      RandomDraws left(a, RandomPurpose::counts, i), right(b, RandomPurpose::counts, i + shift);
      sum += (poisson(mean, left) - mean) * (poisson(mean, right) - mean) / mean;
    }
    return sum / n;
  };
  CHECK(std::abs(correlation({1, 1}, {1, 1}, 1)) < 4 / std::sqrt(n));
  CHECK(std::abs(correlation({1, 1}, {1, 2}, 0)) < 4 / std::sqrt(n));
  CHECK(std::abs(correlation({1, 1}, {2, 1}, 0)) < 4 / std::sqrt(n));
  CHECK(correlation({1, 1}, {1, 1}, 0) > 0.9);
}

TEST_CASE("the logarithm of the probability keeps its digits") {
  for (const double mean : {0.5, 10.0, 15.5, 400.0, 1e5})
    for (const double z : {-4.0, -1.0, 0.0, 0.3, 2.0, 6.0}) {
      const double count = std::max(0.0, std::floor(mean + z * std::sqrt(mean)));
      CAPTURE(mean, count);
      CHECK(log_poisson_probability(count, mean) ==
            Approx(std::log(probability(count, mean))).epsilon(1e-10));
    }
}

TEST_CASE("means that cannot be are refused, zero is zero") {
  RandomDraws draws({}, RandomPurpose::counts, 0);
  CHECK(poisson(0, draws) == 0);
  for (const double mean :
       {-1e-9, 1.1e12, std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()})
    CHECK_THROWS_AS(poisson(mean, draws), DataError);
}

TEST_CASE("normal numbers have mean 0, variance 1 and the kurtosis of a Gaussian") {
  const double n = 200'000;
  double first = 0, second = 0, fourth = 0;
  for (std::uint64_t i = 0; i < 200'000; ++i) {
    RandomDraws draws({7, i}, RandomPurpose::rotation, 0);
    const double x = normal(draws);
    first += x / n;
    second += x * x / n;
    fourth += x * x * x * x / n;
  }
  CHECK(std::abs(first) < 4 / std::sqrt(n));
  CHECK(std::abs(second - 1) < 4 * std::sqrt(2 / n));
  CHECK(std::abs(fourth - 3) < 4 * std::sqrt(96 / n));
}
