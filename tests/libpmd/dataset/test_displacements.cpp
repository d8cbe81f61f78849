#include <catch2/catch.hpp>

#include "libpmd/base/config/config.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/dataset/dataset.hpp"

using namespace bondscope;
using Catch::Contains;

namespace {

DataSet read(const std::string& yaml) {
  return DataSet::from_config(Config::from_text(yaml, "d.yaml"));
}

const std::string draws = R"(
name: d
seed: 3
runs: 4
R: [2, 8]
intensity_w_cm2: [1e14, 4e14]
)";

}  // namespace

TEST_CASE("pairs stand beside each plain run, and differ from it in one parameter") {
  const auto set = read(draws +
                        "also: [{R: 2.5, intensity_w_cm2: 2e14}]\n"
                        "displaced: {intensity_w_cm2: 1e12, R: 0.01}\n");
  const auto plain = read(draws + "also: [{R: 2.5, intensity_w_cm2: 2e14}]\n").draw(), runs = set.draw();
  REQUIRE(runs.size() == 25);
  CHECK(set.size() == 25);
  for (std::size_t i = 0; i < 5; ++i) {
    CHECK(runs[i] == plain[i]);
    for (const std::size_t side : {0, 1}) {
      const double sign = side == 0 ? -1 : 1;
      auto intensity = runs[i], distance = runs[i];
      intensity.intensity_w_cm2 += sign * 1e12;
      distance.R += sign * 0.01;
      CHECK(runs[5 + 4 * i + side] == intensity);
      CHECK(runs[5 + 4 * i + 2 + side] == distance);
    }
  }
}

TEST_CASE("data sets with pairs are written and read, and change their size") {
  auto set = read(draws + "displaced: {R: 0.01}\n");
  const auto again = read(set.to_yaml());
  CHECK(again.displaced == set.displaced);
  CHECK(again.draw() == set.draw());
  set.resize(2);
  REQUIRE(set.draw().size() == 6);
  CHECK(set.draw()[2].R == again.draw()[0].R - 0.01);
}

TEST_CASE("pairs that cannot be are refused") {
  const auto refused = [](const std::string& yaml, const std::string& says) {
    CHECK_THROWS_WITH(read(yaml), Contains(says));
    CHECK_THROWS_AS(read(yaml), ConfigError);
  };
  refused(draws + "displaced: {r: 0.01}\n", "displaced.r");
  refused(draws + "displaced: {R: 0}\n", "displaced.R");
  refused(draws + "displaced: {R: 2.5}\n", "displaced.R: 2.5 from R = 2 is -0.5; expected a number > 0");
  refused(draws + "displaced: {}\n", "names no parameter");
  refused("name: d\nR: [1, 8]\nintensity_w_cm2: [1e14, 4e14]\nfocal: {points: 2}\ndisplaced: {R: 0.01}\n",
          "is for plain runs");
}
