// Parameters that a data set declares.

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

const std::string plain = "name: d\nseed: 3\nruns: 20\nR: [1, 8]\nintensity_w_cm2: [1e14, 4e14]\n";
const std::string ellipticity =
    "ellipticity: {symbol: ε, unit: '1', meaning: 'minor over major axis', range: [0, 1], default: 0}";
const std::string delay = "delay: {unit: fs, meaning: of the probe, period: 2.67}";

std::string declaring(const std::string& declarations) {
  return plain + "parameters: {" + declarations + "}\n";
}

}  // namespace

TEST_CASE("a declared parameter is given and drawn as any other") {
  const auto set = read(declaring(ellipticity) + "ellipticity: [0.2, 0.4]\n");
  REQUIRE(set.declared.size() == 1);
  const auto& declared = set.declared.front();
  CHECK(declared.symbol == "ε");
  CHECK(declared.label == "minor over major axis ε");
  double least = 1, most = 0;
  for (const auto& run : set.draw()) {
    least = std::min(least, declared.of(run));
    most = std::max(most, declared.of(run));
  }
  CHECK(least >= 0.2);
  CHECK(most < 0.4);
  CHECK(most - least > 0.1);
  CHECK(read(set.to_yaml()).draw() == set.draw());
  CHECK(read(set.to_yaml()).to_yaml() == set.to_yaml());
  CHECK(declared.of(read(declaring(ellipticity)).draw()[0]) == 0);  // the default
}

TEST_CASE("declaring a parameter leaves the draws of all others alone") {
  const auto without = read(plain).draw();
  const auto one = read(declaring(ellipticity) + "ellipticity: [0, 1]\n").draw();
  const auto two =
      read(declaring(delay + ", " + ellipticity) + "ellipticity: [0, 1]\ndelay: [-5, 5]\n").draw();
  for (std::size_t i = 0; i < without.size(); ++i) {
    auto stripped = one[i];
    stripped.declared.clear();
    CHECK(stripped == without[i]);
    CHECK(one[i].declared.front() == two[i].declared.back());
  }
}

TEST_CASE("lists and focal averages know declared parameters") {
  const auto list =
      read("name: d\nparameters: {" + delay + "}\nruns: [{R: 2, intensity_w_cm2: 1e14, delay: 1.5}]\n");
  CHECK(list.declared.front().of(list.draw()[0]) == 1.5);
  const auto focal = read("name: d\nparameters: {" + delay +
                          "}\nR: 2\nintensity_w_cm2: 1e14\ndelay: [0, 1]\nfocal: {points: 2}\n");
  const auto averages = focal.averages();
  REQUIRE(averages.size() == 2);
  for (const auto& average : averages)
    for (const auto& term : average.terms)
      CHECK(focal.draw()[term.run].declared == average.point.declared);
}

TEST_CASE("declarations that cannot be are refused") {
  const auto refused = [](const std::string& yaml, const std::string& message) {
    INFO(yaml);
    CHECK_THROWS_WITH(read(yaml), Contains("d.yaml") && Contains(message));
    CHECK_THROWS_AS(read(yaml), ConfigError);
  };
  refused(declaring(delay), "delay: this key is required");
  refused(declaring(ellipticity) + "ellipticity: 1.5\n", "ellipticity: 1.5 is out of range");
  refused(declaring("R: {unit: a, meaning: b}"), "parameters.R: this name has a meaning already");
  refused(declaring("yield: {unit: a, meaning: b}"), "meaning already");
  refused(declaring("angle_deg: {unit: a, meaning: b}"), "meaning already");
  refused(declaring("'a b': {unit: a, meaning: b}"), "expected a name");
  refused(declaring("a: {meaning: b}"), "parameters.a.unit: this key is required");
  refused(declaring("a: {unit: '', meaning: b}"), "parameters.a.unit: expected a text");
  refused(declaring("a: {unit: u, meaning: b, range: [2, 1]}"), "expected [smaller, larger]");
  refused(declaring("a: {unit: u, meaning: b, range: [1, 2], default: 3}"), "default: 3 is out of range");
  refused(declaring("a: {unit: u, meaning: b, perod: 3}"), "did you mean 'period'");
}
