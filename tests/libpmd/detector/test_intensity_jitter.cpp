#include <cmath>
#include <limits>
#include <vector>

#include <catch2/catch.hpp>

#include "libpmd/base/error.hpp"
#include "libpmd/detector/intensity_jitter.hpp"

using namespace bondscope;

TEST_CASE("n nodes have the moments of a Gaussian up to the power 2n - 1") {
  for (const int count : {1, 2, 6, 7, 15, 31}) {
    const double s = 0.05;
    const auto nodes = intensity_nodes(s, count);
    REQUIRE(nodes.size() == static_cast<std::size_t>(count));
    double total = 0;
    for (const auto& node : nodes) {
      CHECK(node.factor > 0);
      total += node.weight;
    }
    CHECK(total == Approx(1).epsilon(1e-13));
    double expected = 1;
    for (int power = 2; power < 2 * count; power += 2) {
      CAPTURE(count, power);
      expected *= power - 1;
      double even = 0, odd = 0;
      for (const auto& node : nodes) {
        const double x = (node.factor - 1) / s;
        even += node.weight * std::pow(x, power);
        odd += node.weight * std::pow(x, power - 1);
      }
      CHECK(even == Approx(expected).epsilon(1e-9));
      CHECK(odd == Approx(0).margin(1e-11 * expected));
    }
  }
}

TEST_CASE("seven nodes are those of the tables") {
  // M. Abramowitz and I. A. Stegun, Table 25.10, for the weight function exp(-x²/2)/√(2π).
  const auto nodes = intensity_nodes(0.1);
  REQUIRE(nodes.size() == 7);
  CHECK(nodes[0].weight == Approx(16.0 / 35).epsilon(1e-13));
  CHECK(nodes[5].factor == Approx(1.3750439717725742).epsilon(1e-14));
  CHECK(nodes[6].factor == Approx(0.6249560282274258).epsilon(1e-14));
  CHECK(nodes[6].weight == Approx(0.000548268855972219).epsilon(1e-12));
}

TEST_CASE("fringes that move with the intensity fade as they should, as far as the nodes tell them apart") {
  const auto left = [](double phase, int count) {
    double sum = 0;
    for (const auto& node : intensity_nodes(0.1, count))
      sum += node.weight * std::cos(phase * (node.factor - 1) / 0.1);
    return sum - std::exp(-phase * phase / 2);
  };
  CHECK(std::abs(left(2.5, 7)) < 0.005);
  CHECK(std::abs(left(5, 15)) < 0.011);
  CHECK(std::abs(left(4, 7)) > 0.1);
}

TEST_CASE("distributions that are powers of the intensity have the exact mean") {
  const RunParameters parameters{.R = 3, .intensity_w_cm2 = 2e14};
  const auto at = [&](const RunParameters& p) {
    CHECK(p.R == 3);
    const double i = p.intensity_w_cm2 / 2e14;
    return std::vector<float>{1.f, static_cast<float>(i), static_cast<float>(3 * i * i),
                              static_cast<float>(std::pow(i, 4))};
  };
  for (const double s : {0.0, 0.05, 0.2}) {
    const auto mean = jittered(at, parameters, s);
    CHECK(mean[0] == Approx(1).epsilon(1e-7));
    CHECK(mean[1] == Approx(1).epsilon(1e-7));
    CHECK(mean[2] == Approx(3 * (1 + s * s)).epsilon(1e-7));
    CHECK(mean[3] == Approx(1 + 6 * s * s + 3 * std::pow(s, 4)).epsilon(1e-7));
  }
}

TEST_CASE("without jitter only the run itself is asked for") {
  int asked = 0;
  const RunParameters parameters{.intensity_w_cm2 = 3e14};
  const auto mean = jittered(
      [&](const RunParameters& p) {
        ++asked;
        CHECK(p == parameters);
        return std::vector<float>{0.25f, 1e-30f};
      },
      parameters, 0);
  CHECK(asked == 1);
  CHECK(mean == std::vector<float>{0.25f, 1e-30f});
}

TEST_CASE("jitter that cannot be, and distributions that do not fit, are refused") {
  for (const double s : {-0.01, 0.26, std::numeric_limits<double>::quiet_NaN()})
    CHECK_THROWS_AS(intensity_nodes(s), ConfigError);
  for (const int count : {0, -3, 32})
    CHECK_THROWS_AS(intensity_nodes(0.1, count), ConfigError);
  CHECK_THROWS_AS(intensity_nodes(0.2, 15), ConfigError);
  std::size_t size = 3;
  CHECK_THROWS_AS(jittered([&](const RunParameters&) { return std::vector<float>(size++); }, {}, 0.1),
                  DataError);
}
