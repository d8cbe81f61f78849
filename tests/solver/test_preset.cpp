#include <catch2/catch.hpp>

#include "libtdse/base/error.hpp"
#include "libtdse/solver/run.hpp"

using namespace tdse;

namespace {

Preset load(const std::string& name, const std::vector<std::string>& settings = {}) {
  auto config = Config::from_file(find_config("presets", name));
  for (const auto& setting : settings)
    config.set(setting);
  return Preset::from_config(config);
}

}  // namespace

TEST_CASE("every preset that comes along admits every molecule, distance and intensity of the paper") {
  for (const char* name : {"quick", "production", "paper"})
    for (const char* molecule : {"H2+", "HeH+"})
      for (const double R : {1.0, 12.0})
        CHECK_NOTHROW(
            check_numerics({.molecule = molecule, .R = R, .intensity_w_cm2 = 4e14}, {}, load(name)));
}

TEST_CASE("a preset written out reads back as itself") {
  for (const char* name : {"quick", "production", "paper"}) {
    const auto yaml = load(name).to_yaml();
    CHECK(Preset::from_config(Config::from_text(yaml, name)).to_yaml() == yaml);
  }
}

TEST_CASE("a molecule's own settings replace the general ones, and only those that are named") {
  const auto preset = load("production");
  CHECK(preset.discretisation_of("HeH+").spacing == 0.4);
  CHECK(preset.discretisation_of("HeH+").roll_off == preset.discretisation.roll_off);
  CHECK(preset.discretisation_of("H2+").spacing == preset.discretisation.spacing);
}

TEST_CASE("the paper's momentum spacing is possible for every preset") {
  for (const char* name : {"quick", "production", "paper"}) {
    const auto preset =
        load(name, {"momentum.kx_spacing=0.00785398163397448", "momentum.ky_spacing=0.015707963267949"});
    CHECK(preset.momentum.kx().size() == 763);
    CHECK(preset.momentum.ky().size() == 319);
    CHECK(preset.momentum.kx()[381] == 0);
    CHECK_NOTHROW(check_numerics({}, {}, preset));
  }
}

TEST_CASE(
    "a time step beyond the step resonance is refused with the largest admissible one, which is admitted") {
  try {
    check_numerics({.intensity_w_cm2 = 4e14}, {}, load("quick", {"time_step=0.3"}));
    FAIL("not refused");
  } catch (const ConfigError& error) {
    const std::string text = error.what(), words = "largest admissible time step is ";
    REQUIRE(text.find("time_step: 0.3") != std::string::npos);
    REQUIRE(text.find(words) != std::string::npos);
    const auto admissible = text.substr(text.find(words) + words.size());
    CHECK(std::stod(admissible) > 0.15);
    CHECK_NOTHROW(check_numerics({.intensity_w_cm2 = 4e14}, {}, load("quick", {"time_step=" + admissible})));
  }
}

TEST_CASE("numerics that would spoil the distribution are refused") {
  CHECK_THROWS_WITH(check_numerics({}, {}, load("quick", {"momentum.kx_max=4"})),
                    Catch::Contains("momentum.kx_max: 4"));
  CHECK_THROWS_WITH(check_numerics({}, {.softening = 0.01}, load("quick")), Catch::Contains("spacing: 0.5"));
  CHECK_THROWS_WITH(check_numerics({}, {}, load("quick", {"time_step=1e-9"})),
                    Catch::Contains("time_step: 1e-09"));
  CHECK_THROWS_WITH(check_numerics({.R = 45}, {}, load("quick")), Catch::Contains("absorber.radius: 50"));
  CHECK_THROWS_WITH(check_numerics({}, {}, load("quick", {"grid.half_width_y=50"})),
                    Catch::Contains("grid.half_width_y: 50"));
  CHECK_THROWS_WITH(check_numerics({}, {}, load("quick", {"grid.half_width_x=3000"})),
                    Catch::Contains("largest supported"));
}

TEST_CASE("bad presets name file, key and value") {
  CHECK_THROWS_WITH(load("quick", {"grid.spacing=abc"}),
                    Catch::Contains("quick.yaml: grid.spacing: 'abc' is not a number"));
  CHECK_THROWS_WITH(load("quick", {"grid.spacing=-1"}), Catch::Contains("grid.spacing: -1 is out of range"));
  CHECK_THROWS_WITH(load("quick", {"grid.spaccing=0.4"}),
                    Catch::Contains("grid.spaccing: unknown key; did you mean 'spacing'?"));
  CHECK_THROWS_WITH(load("quick", {"molecules.HeH.spacing=0.4"}),
                    Catch::Contains("molecules.HeH: unknown key; did you mean 'HeH+'?"));
  CHECK_THROWS_WITH(load("quick", {"momentum.kx_spacing=1e-5"}), Catch::Contains("momentum.kx_spacing"));
  CHECK_THROWS_WITH(load("quik"), Catch::Contains("did you mean 'quick'?"));
}
