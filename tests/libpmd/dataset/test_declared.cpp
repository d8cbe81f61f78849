// Parameters that a data set declares.

#include <catch2/catch.hpp>

#include "libpmd/base/config/config.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/dataset/dataset.hpp"
#include "libpmd/model/declarations.hpp"
#include "libpmd/model/units.hpp"

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

TEST_CASE("what is known of a pulse needs no declaration: a data set draws it, or gives it run by run") {
  const auto drawn =
      read(plain + "pulse: {cycles: 3, relative_intensity: 0.1}\nwavelength_nm: [800, 1600]\n");
  REQUIRE(drawn.declared.size() == 1);
  CHECK(drawn.declared.front().unit == "nm");
  CHECK(drawn.declared.front().label == "wavelength of the pulse λ");
  for (const auto& run : drawn.draw()) {
    CHECK(drawn.declared.front().of(run) >= 800);
    CHECK(drawn.declared.front().of(run) < 1600);
  }
  CHECK(drawn.draw()[0].declared != drawn.draw()[1].declared);
  const auto list = read(
      "name: d\npulse: {cycles: 3}\nruns: [{R: 2, intensity_w_cm2: 1e14}, {R: 2, intensity_w_cm2: 1e14, "
      "cycles: 2.5, relative_phase_deg: 180}]\n");
  REQUIRE(list.declared.size() == 2);
  CHECK(list.draw()[0].declared == std::vector<DeclaredValue>{{"cycles", 3}, {"relative_phase", 0}});
  CHECK(list.draw()[1].declared ==
        std::vector<DeclaredValue>{{"cycles", 2.5}, {"relative_phase", units::pi}});
  const auto also = read(plain + "also: [{R: 2, intensity_w_cm2: 1e14, cycles: 4}]\n");
  CHECK(also.draw().front().declared == std::vector<DeclaredValue>{{"cycles", 2}});
  CHECK(also.draw().back().declared == std::vector<DeclaredValue>{{"cycles", 4}});
  const auto focal =
      read("name: d\nR: 2\nintensity_w_cm2: 1e14\nfocal: {points: 2, wavelength_nm: [700, 900]}\n");
  CHECK(focal.draw().front().declared.size() == 1);
  for (const auto* set : {&drawn, &list, &also, &focal}) {
    CHECK(read(set->to_yaml()).draw() == set->draw());
    CHECK(read(set->to_yaml()).to_yaml() == set->to_yaml());
    CHECK(read_declarations(declarations_text(set->declared), "store").size() == set->declared.size());
  }
  CHECK(read(plain).declared.empty());
}

TEST_CASE("what is known of a pulse is checked as in its section, and may be narrowed by a declaration") {
  const auto refused = [](const std::string& yaml, const std::string& message) {
    INFO(yaml);
    CHECK_THROWS_WITH(read(yaml), Contains("d.yaml") && Contains(message));
  };
  refused(plain + "wavelength_nm: [5, 1600]\n", "wavelength_nm");
  refused(plain + "relative_intensity: 2\n", "relative_intensity: 2 is out of range");
  refused(plain + "wavelength: 900\n", "did you mean 'wavelength_nm'");
  refused(plain + "envelope: gaussian\n", "envelope: unknown key");
  refused("name: d\nwavelength_nm: 900\nruns: [{R: 2, intensity_w_cm2: 1e14}]\n",
          "wavelength_nm: unknown key");
  const std::string narrow = "parameters: {wavelength_nm: {range: [700, 900]}}\n";
  CHECK(read(plain + narrow + "wavelength_nm: [700, 800]\n").declared.front().meaning ==
        "wavelength of the pulse");
  refused(plain + narrow + "wavelength_nm: [700, 1000]\n", "wavelength_nm");
  refused(plain + "parameters: {wavelength_nm: {unit: um}}\n", "expected nm");
  refused(plain + "parameters: {wavelength_nm: {range: [1, 900]}}\n", "range");
}
