#include <cmath>
#include <functional>

#include <catch2/catch.hpp>

#include "libpmd/base/error.hpp"
#include "libpmd/model/focal.hpp"

using namespace bondscope;

namespace {

using Distribution = std::function<double(double)>;  // PMD at one momentum as a function of I

double weight_of_paper(double I, double I0) {
  return I0 / I * (I0 / I + 2) * std::sqrt(I0 / I - 1);
}

/// Eqs. (5) and (6) as they stand, by midpoints in I: slow, and ignorant of every substitution.
double integral(const Distribution& pmd, double lowest, double peak) {
  constexpr int steps = 400000;
  const double step = (peak - lowest) / steps;
  double sum = 0;
  for (int i = 0; i < steps; ++i) {
    const double I = lowest + (i + 0.5) * step;
    sum += pmd(I) * weight_of_paper(I, peak);
  }
  return sum * step / (3 * peak);
}

double sum(const std::vector<FocalNode>& nodes, const Distribution& pmd) {
  double total = 0;
  for (const auto& node : nodes)
    total += node.weight * pmd(node.intensity);
  return total;
}

double error(const std::vector<FocalNode>& nodes, const Distribution& pmd, double exact) {
  return std::abs(sum(nodes, pmd) / exact - 1);
}

double sixth_power(double I) {
  return std::pow(I, 6);
}
/// Tunnelling: not a power, and with an interference that moves with the ponderomotive energy.
double tunnelling(double I) {
  return std::exp(-5 / std::sqrt(I)) * (1 + 0.8 * std::cos(4 * I));
}
/// Many photons, and rings that move with the ponderomotive energy: 9 pass a momentum up to I = 4.
double rings(double I) {
  return std::pow(I, 8) * (1 + 0.5 * std::cos(2 * std::acos(-1) * 9 / 4 * I));
}

}  // namespace

TEST_CASE("the focal volume falls with I as Eq. 6 says") {
  CHECK(focal_volume(3, 3) == 0);
  CHECK(focal_volume(4, 3) == 0);
  for (const double I : {0.1, 0.7, 1.5, 2.9}) {
    const double d = 1e-5, slope = (focal_volume(I - d, 3) - focal_volume(I + d, 3)) / (2 * d);
    CHECK(slope == Approx(weight_of_paper(I, 3) / 9).epsilon(1e-6));
  }
}

TEST_CASE("the focal volume is that of a Gaussian beam") {
  // Where I0/(1 + z²) exp(-2 r²/(1 + z²)) exceeds I, by rings along z; lengths in z_R and w0.
  const double I0 = 4, I = 0.5, end = std::sqrt(I0 / I - 1);
  constexpr int steps = 100000;
  double volume = 0;
  for (int i = 0; i < steps; ++i) {
    const double z = (i + 0.5) * end / steps, width = 1 + z * z;
    volume += 2 * (end / steps) * width / 2 * std::log(I0 / (width * I));  // r² of both sides of the waist
  }
  CHECK(focal_volume(I, I0) == Approx(volume).epsilon(1e-6));
}

TEST_CASE("own intensities: few give the integral, more give it better") {
  const double lowest = 0.1;
  for (const double peak : {1.0, 2.3, 4.0})
    for (const auto& pmd : {Distribution(sixth_power), Distribution(tunnelling)}) {
      INFO("peak " << peak);
      const double exact = integral(pmd, lowest, peak);
      CHECK(error(focal_nodes(FocalRule::cosh, peak, lowest, 10), pmd, exact) < 0.02);
      CHECK(error(focal_nodes(FocalRule::cosh, peak, lowest, 20), pmd, exact) < 1e-4);
      CHECK(error(focal_nodes(FocalRule::cosh, peak, lowest, 20), pmd, exact) <
            error(focal_nodes(FocalRule::cosh, peak, lowest, 5), pmd, exact));
    }
  // A power of I has no oscillation that would have to be resolved.
  const double exact = integral(sixth_power, 0.2, 4);
  CHECK(error(focal_nodes(FocalRule::cosh, 4, 0.2, 6), sixth_power, exact) < 3e-2);
  CHECK(error(focal_nodes(FocalRule::cosh, 4, 0.2, 8), sixth_power, exact) < 3e-3);
  CHECK(error(focal_nodes(FocalRule::cosh, 4, 0.2, 10), sixth_power, exact) < 3e-4);
}

TEST_CASE("own intensities: every rule converges") {
  const double lowest = 0.1;
  for (const double peak : {1.0, 2.3, 4.0})
    for (const auto& pmd : {Distribution(sixth_power), Distribution(tunnelling)}) {
      INFO("peak " << peak);
      const double exact = integral(pmd, lowest, peak);
      const auto off = [&](FocalRule rule, int count) {
        return error(focal_nodes(rule, peak, lowest, count), pmd, exact);
      };
      CHECK(off(FocalRule::trapezoid, 10) < 0.1);
      CHECK(off(FocalRule::trapezoid, 1000) < 1e-4);
      CHECK(off(FocalRule::cosh, 40) < 1e-4);
      CHECK(off(FocalRule::gauss, 10) < 5e-3);
      CHECK(off(FocalRule::gauss, 20) < 5e-4);
      CHECK(off(FocalRule::gauss, 40) < 1e-6);
      CHECK(off(FocalRule::gauss, 10) < off(FocalRule::trapezoid, 10));
    }
}

TEST_CASE("gauss needs the fewest intensities where rings move") {
  const double exact = integral(rings, 0.2, 4);
  const double gauss = error(focal_nodes(FocalRule::gauss, 4, 0.2, 12), rings, exact);
  CHECK(gauss < 0.1 * error(focal_nodes(FocalRule::cosh, 4, 0.2, 12), rings, exact));
  CHECK(gauss < 0.1 * error(focal_nodes(FocalRule::trapezoid, 4, 0.2, 12), rings, exact));
}

TEST_CASE("weights of own intensities are positive, nodes between cut and peak") {
  for (const auto rule : {FocalRule::trapezoid, FocalRule::cosh, FocalRule::gauss})
    for (const int count : {2, 3, 10, 60, 1000})
      for (const double lowest : {1e-4, 0.2, 0.99}) {
        INFO(to_string(rule) << " " << count << " from " << lowest);
        const auto nodes = focal_nodes(rule, 1, lowest, count);
        REQUIRE(nodes.size() == static_cast<std::size_t>(count));
        bool sound = true;
        for (std::size_t i = 0; i < nodes.size(); ++i)
          sound = sound && nodes[i].weight > 0 && nodes[i].intensity < (i > 0 ? nodes[i - 1].intensity : 1) &&
                  nodes[i].intensity >= lowest;
        CHECK(sound);
      }
}

TEST_CASE("given intensities: interpolation and the paper's trapezoids") {
  std::vector<double> given;
  for (double I = 0.1; I < 4.2; I *= 1.07 + 0.02 * std::sin(20 * I))
    given.push_back(I);
  for (const double peak : {1.0, 2.345, 3.9}) {
    const double exact = integral(tunnelling, 0.1, peak);
    const auto ladder = focal_interpolation(given, peak, 0.1), lines = focal_trapezoid(given, peak, 0.1);
    REQUIRE(ladder.size() == given.size());
    REQUIRE(lines.size() == given.size());
    CHECK(error(ladder, tunnelling, exact) < 2e-3);
    CHECK(error(lines, tunnelling, exact) < 0.06);
    for (std::size_t i = 0; i < given.size(); ++i) {
      CHECK(ladder[i].intensity == given[i]);
      CHECK((lines[i].weight > 0) == (given[i] < peak));
    }
  }
  // A cut between two of them.
  CHECK(error(focal_interpolation(given, 2, 0.5), sixth_power, integral(sixth_power, 0.5, 2)) < 1e-4);
  CHECK(focal_trapezoid(given, 2, 0.5).front().weight == 0);
  // On equidistant ones that end at the peak it is the rule of that name.
  const auto own = focal_nodes(FocalRule::trapezoid, 1, 0.2, 8);
  std::vector<double> equidistant{1};
  for (const auto& node : own)
    equidistant.insert(equidistant.begin(), node.intensity);
  const auto same = focal_trapezoid(equidistant, 1, 0.2);
  for (std::size_t i = 0; i < own.size(); ++i)
    CHECK(same[own.size() - 1 - i].weight == Approx(own[i].weight));
  CHECK(same.back().weight == 0);

  const std::vector<double> four{1, 2, 3, 4};
  CHECK_THROWS_AS(focal_interpolation(four, 4.1, 1), ConfigError);
  CHECK_THROWS_AS(focal_interpolation(four, 4, 0.9), ConfigError);
  CHECK_THROWS_AS(focal_interpolation(std::vector<double>{1, 2, 3}, 3, 1), ConfigError);
  CHECK_THROWS_AS(focal_trapezoid(four, 2, 1), ConfigError);
  CHECK_THROWS_AS(focal_trapezoid(four, 4, 3.5), ConfigError);
}

TEST_CASE("a common ladder gives the integral for any peak between its nodes") {
  const double lowest = 0.1;
  for (const double peak : {1.0, 1.07, 2.3, 3.9, 4.0}) {
    INFO("peak " << peak);
    const double power = integral(sixth_power, lowest, peak), tunnel = integral(tunnelling, lowest, peak);
    CHECK(error(focal_ladder(peak, lowest, 1.3), sixth_power, power) < 1e-4);  // what it is made for
    CHECK(error(focal_ladder(peak, lowest, 1.15), tunnelling, tunnel) < 0.02);
    CHECK(error(focal_ladder(peak, lowest, 1.05), tunnelling, tunnel) < 5e-4);
    CHECK(error(focal_ladder(peak, lowest, 1.05), tunnelling, tunnel) <
          error(focal_ladder(peak, lowest, 1.3), tunnelling, tunnel));
  }
}

TEST_CASE("the result does not depend on the lower cut once that is low") {
  // ∫ from 0 of I⁶, by ∫ β^2a (1+β²)^-b dβ = Γ(a+1/2) Γ(b-a-1/2) / 2Γ(b).
  const auto term = [](double a, double b) {
    return std::tgamma(a + 0.5) * std::tgamma(b - a - 0.5) / std::tgamma(b) / 2;
  };
  const double whole = std::pow(4, 6) * 2.0 / 3.0 * (3 * term(1, 7) + term(2, 7));
  CHECK(error(focal_nodes(FocalRule::cosh, 4, 0.8, 40), sixth_power, whole) < 1e-2);
  CHECK(error(focal_nodes(FocalRule::cosh, 4, 0.4, 40), sixth_power, whole) < 1e-4);
  CHECK(error(focal_nodes(FocalRule::cosh, 4, 0.1, 40), sixth_power, whole) < 1e-6);
  CHECK(error(focal_ladder(4, 0.1, 1.1), sixth_power, whole) < 1e-5);
}

TEST_CASE("weights add up to the focal volume above the cut") {
  // Were the distribution the same at all intensities. Then nothing damps the integrand towards the cut, and
  // the trapezoidal rule converges with the square of the step only.
  const auto one = [](double) { return 1.0; };
  const double volume = focal_volume(0.2, 4);
  CHECK(error(focal_nodes(FocalRule::cosh, 4, 0.2, 50), one, volume) < 5e-3);
  CHECK(error(focal_nodes(FocalRule::cosh, 4, 0.2, 200), one, volume) < 3e-4);
  CHECK(error(focal_ladder(4, 0.2, 1.1), one, volume) < 2e-3);
}

TEST_CASE("cosh: intensities lie below the peak and end at the cut") {
  const auto nodes = focal_nodes(FocalRule::cosh, 3.7e14, 2e13, 10);
  REQUIRE(nodes.size() == 10);
  CHECK(nodes.front().intensity < 3.7e14);
  CHECK(nodes.back().intensity == 2e13);
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    CHECK(nodes[i].weight > 0);
    if (i > 0) CHECK(nodes[i].intensity < nodes[i - 1].intensity);
  }
}

TEST_CASE("peaks share the ladder's nodes") {
  const auto low = focal_ladder(1.23e14, 2e13, 1.15), high = focal_ladder(3.9e14, 2e13, 1.15);
  REQUIRE(low.size() < high.size());
  for (std::size_t i = 1; i <= low.size(); ++i)
    CHECK(low[low.size() - i].intensity == high[high.size() - i].intensity);
  CHECK(low.front().intensity >= 1.23e14);
  CHECK(low[1].intensity < 1.23e14);
  CHECK(low.back().intensity == 2e13);
  // A peak on a node needs no further one; a peak next to the cut still has its four.
  CHECK(focal_ladder(2 * 1.5 * 1.5 * 1.5 * 1.5, 2, 1.5).size() == 5);
  CHECK(focal_ladder(2.1, 2, 1.5).size() == 4);
}

TEST_CASE("focal averages that cannot be are refused") {
  CHECK_THROWS_AS(focal_nodes(FocalRule::cosh, 1, 1, 10), ConfigError);
  CHECK_THROWS_AS(focal_nodes(FocalRule::cosh, 1, 0, 10), ConfigError);
  CHECK_THROWS_AS(focal_nodes(FocalRule::cosh, NAN, 0.1, 10), ConfigError);
  CHECK_THROWS_AS(focal_nodes(FocalRule::cosh, 1, 0.1, 1), ConfigError);
  CHECK_THROWS_AS(focal_nodes(FocalRule::cosh, 1, 0.1, 1001), ConfigError);
  CHECK_THROWS_AS(focal_ladder(1, 2, 1.1), ConfigError);
  CHECK_THROWS_AS(focal_ladder(1, 0.1, 1), ConfigError);
  CHECK_THROWS_AS(focal_ladder(1, 0.1, NAN), ConfigError);
  CHECK_THROWS_AS(focal_ladder(1, 1e-300, 1.1), ConfigError);
}
