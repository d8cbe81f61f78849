// Molecules as YAML has them.

#include <catch2/catch.hpp>

#include "libpmd/base/config/find_config.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/model/potential.hpp"
#include "libpmd/model/units.hpp"

using namespace bondscope;
using Catch::Contains;

namespace {

Molecule shipped(const std::string& name) {
  return Molecule::from_file(find_config("molecules", name));
}

Molecule read(const std::string& yaml) {
  return Molecule::from_config("X", Config::from_text(yaml, "x.yaml"));
}

}  // namespace

TEST_CASE("what is built in is what the files say") {
  REQUIRE(built_in_molecules().size() == 2);
  CHECK(*find_molecule({}, "H2+") == shipped("H2+"));
  CHECK(*find_molecule({}, "HeH+") == shipped("HeH+"));
  CHECK(find_molecule({}, "H2") == nullptr);
  CHECK(built_in_molecules()[0].depends_on("softening"));
  CHECK_FALSE(built_in_molecules()[1].depends_on("softening"));
  CHECK(built_in_molecules()[1].depends_on("R"));
}

TEST_CASE("every molecule of configs/ reads back from what is kept of it") {
  const auto names = config_names("molecules");
  CHECK(names.size() >= 5);
  for (const auto& name : names) {
    INFO(name);
    const auto molecule = shipped(name);
    CHECK(molecule.name == name);
    const auto document = Config::from_text(molecule.to_yaml(), "kept");
    const auto again = Molecule::from_config(name, document.section(name));
    CHECK(again == molecule);
    CHECK(again.centres == molecule.centres);
  }
}

TEST_CASE("centres lie at sums of steps, straight or by distance and direction") {
  const ModelParameters model{
      .molecules = {read("parameters: {g: {unit: rad, meaning: angle}}\n"
                         "centres:\n"
                         "- {charge: 1, softening: 1}\n"
                         "- {charge: 2*R, softening: 0.3, at: {distance: R, direction: g/2}}\n"
                         "- {charge: 1, softening: softening, at: [{x: 1, y: -R}, {distance: 2, "
                         "direction: pi/2}]}\n")}};
  const RunParameters run{.molecule = "X", .R = 3, .declared = {{"g", 1.2}}};
  const auto centres = Potential(run, model).centres();
  REQUIRE(centres.size() == 3);
  CHECK(centres[0].x == 0);
  CHECK(centres[1].x == Approx(3 * std::cos(0.6)));
  CHECK(centres[1].y == Approx(3 * std::sin(0.6)));
  CHECK(centres[1].charge == 6);
  CHECK(centres[2].x == Approx(1));
  CHECK(centres[2].y == Approx(-1));
  CHECK(centres[2].softening == 0.5);
  CHECK(Potential(run, model).extent() == Approx(6));
  auto turned = run;
  turned.angle = 0.9;
  CHECK(Potential(turned, model).value(2 * std::cos(1.1), 2 * std::sin(1.1)) ==
        Approx(Potential(run, model).value(2 * std::cos(0.2), 2 * std::sin(0.2))));
}

TEST_CASE("what cannot be a molecule is refused by file, key and value") {
  const auto refused = [](const std::string& yaml, const std::string& message) {
    INFO(yaml);
    CHECK_THROWS_WITH(read(yaml), Contains("x.yaml") && Contains(message));
    CHECK_THROWS_AS(read(yaml), ConfigError);
  };
  refused("{}", "centres: this key is required");
  refused("{atoms: [{charge: 1}]}", "atoms: unknown key");
  refused("centres: [{softning: 1}]", "centres[0].softning: unknown key; did you mean 'softening'?");
  refused("centres: [{charge: 1, softening: 1, core: {decy: 1}}]",
          "core.decy: unknown key; did you mean 'decay'?");
  refused("centres: [{charge: 1, softening: 1, at: {directon: 1}}]",
          "at.directon: unknown key; did you mean");
  refused("{centres: [], parameters: {b: {meanin: c}}}",
          "parameters.b.meanin: unknown key; did you mean 'meaning'?");
  refused("centres: []", "centres: expected 1 to 32");
  refused("centres: [{charge: 1}]", "centres[0].softening: this key is required");
  refused("centres: [{charge: 1, softening: 0}]", "centres[0].softening: 0 is out of range");
  refused("centres: [{charge: a, softening: 1}]",
          "a is no parameter of the molecule; expected one of R, softening");
  refused("centres: [{charge: R*R, softening: 1}]", "centres[0].charge: 'R*R' multiplies");
  refused("centres: [{charge: 1, softening: 1, at: {direction: 1}}]",
          "at.direction: is given without a distance");
  refused("centres: [{charge: 1, softening: 1, at: {z: 1}}]", "centres[0].at.z: unknown key");
  refused("centres: [{charge: 1, softening: 1, core: {charge: 1}}]", "core.decay: this key is required");
  refused("centres: [{charge: 1, softening: 1, place: 1}]", "centres[0].place: unknown key");
  refused("{centres: [{charge: 1, softening: 1}], parameters: {b: {unit: rad, meaning: c}}}",
          "parameters.b: no centre depends on it");
  refused("{centres: [{charge: 1, softening: 1}], parameters: {R: {unit: rad, meaning: c}}}",
          "meaning already");
  for (const char* name : {"", "2H", "a b", "a/b", "../x", "a.b"})
    CHECK_THROWS_WITH(Molecule::from_config(name, Config::from_text("{}", "x.yaml")), Contains("is no name"));
}

TEST_CASE("what a run makes impossible is refused by molecule and centre") {
  const auto potential = [](const std::string& yaml, const RunParameters& run) {
    return Potential(run, {.molecules = {read(yaml)}});
  };
  const std::string soft = "centres: [{charge: 1, softening: R - 2}]";
  CHECK_NOTHROW(potential(soft, {.molecule = "X", .R = 3}));
  CHECK_THROWS_WITH(potential(soft, {.molecule = "X", .R = 2}),
                    Contains("molecule X: centres[0].softening: R - 2 = 0 is out of range"));
  CHECK_THROWS_WITH(
      potential("{centres: [{charge: b, softening: 1}], parameters: {b: {unit: '1', meaning: c}}}",
                {.molecule = "X"}),
      Contains("molecule X needs the parameter b"));
  CHECK_THROWS_WITH(potential("centres: [{charge: -1, softening: 1}]", {.molecule = "X"}),
                    Contains("no well"));
}
