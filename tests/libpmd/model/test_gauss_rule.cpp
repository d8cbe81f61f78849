#include <cmath>
#include <vector>

#include <catch2/catch.hpp>

#include "libpmd/base/error.hpp"
#include "libpmd/model/focal.hpp"

using namespace bondscope;

namespace {

std::vector<GaussNode> even_measure(int places) {
  std::vector<GaussNode> fine;
  for (int i = 0; i < places; ++i)
    fine.push_back({-1 + (2 * i + 1.0) / places, 2.0 / places});
  return fine;
}

}  // namespace

TEST_CASE("Gauss rule: of the constant weight it is that of Legendre") {
  const auto nodes = gauss_rule(even_measure(200000), 3);
  REQUIRE(nodes.size() == 3);
  CHECK(nodes[0].place == Approx(-std::sqrt(0.6)).epsilon(1e-8));
  CHECK(nodes[1].place == Approx(0).margin(1e-12));
  CHECK(nodes[2].place == Approx(std::sqrt(0.6)).epsilon(1e-8));
  CHECK(nodes[0].weight == Approx(5.0 / 9).epsilon(1e-8));
  CHECK(nodes[1].weight == Approx(8.0 / 9).epsilon(1e-8));
}

TEST_CASE("Gauss rule: exact for polynomials of degree below 2n, of any discrete measure") {
  std::vector<GaussNode> fine;
  for (int i = 0; i < 300; ++i)
    fine.push_back({std::sin(0.013 * i) + 0.2, 1e-6 + std::pow(i / 300.0, 5)});
  for (const int count : {1, 2, 5, 12, 40}) {
    const auto nodes = gauss_rule(fine, count);
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      CHECK(nodes[i].weight > 0);
      if (i > 0) CHECK(nodes[i].place > nodes[i - 1].place);
    }
    for (const int power : {0, 1, count, 2 * count - 1}) {
      double exact = 0, sum = 0;
      for (const auto& node : fine)
        exact += node.weight * std::pow(node.place, power);
      for (const auto& node : nodes)
        sum += node.weight * std::pow(node.place, power);
      CHECK(sum == Approx(exact).epsilon(1e-11));
    }
  }
}

TEST_CASE("Gauss rule: as many nodes as places are the measure itself, more there are not") {
  const auto fine = even_measure(4);
  const auto nodes = gauss_rule(fine, 4);
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(nodes[i].place == Approx(fine[i].place));
    CHECK(nodes[i].weight == Approx(0.5));
  }
  CHECK_THROWS_AS(gauss_rule(fine, 5), NumericsError);
  CHECK_THROWS_AS(gauss_rule(fine, 0), NumericsError);
  CHECK_THROWS_AS(gauss_rule({}, 1), NumericsError);
}
