#include <catch2/catch.hpp>

#include "libpmd/base/config/config.hpp"
#include "libpmd/base/config/find_config.hpp"
#include "libpmd/base/error.hpp"
#include "libtdse/solver/plain_preset.hpp"
#include "libtdse/solver/plan.hpp"

using namespace bondscope;
using namespace bondscope::tdse;

namespace {

Preset load(const std::string& name, const std::vector<std::string>& settings = {}) {
  auto config = Config::from_file(find_config("presets", name));
  for (const auto& setting : settings)
    config.set(setting);
  return Preset::from_config(config);
}

std::vector<Stage> stages_of(const RunParameters& parameters, const Preset& preset) {
  return Plan(parameters, {}, preset).schedule().stages;
}

}  // namespace

TEST_CASE("every preset of configs/ admits every molecule, distance and intensity of the paper") {
  for (const char* name : {"quick", "production", "paper"})
    for (const char* molecule : {"H2+", "HeH+"})
      for (const double R : {1.0, 12.0})
        CHECK_NOTHROW(Plan({.molecule = molecule, .R = R, .intensity_w_cm2 = 4e14}, {}, load(name)));
}

TEST_CASE("a preset written out reads back as itself") {
  for (const char* name : {"quick", "production", "paper"}) {
    const auto yaml = load(name).to_yaml();
    CHECK(Preset::from_config(Config::from_text(yaml, name)).to_yaml() == yaml);
  }
}

TEST_CASE("a preset without mechanisms may ask for the textbook method, and says so in its text") {
  const auto plain = witness_of(load("production"));
  CHECK_NOTHROW(check_plain(plain));
  const auto again = Preset::from_config(Config::from_text(plain.to_yaml(), "again"));
  CHECK(again.transforms == Transforms::fftw);
  CHECK_NOTHROW(check_plain(again));
  CHECK(load("production").to_yaml().find("transforms") == std::string::npos);
  CHECK_THROWS_WITH(check_plain(load("production", {"transforms=fftw"})), Catch::Contains("grid.roll_off"));
  CHECK_THROWS_WITH(load("quick", {"transforms=other"}), Catch::Contains("transforms"));
}

TEST_CASE("a roll-off is a number for both directions or one for each") {
  const auto preset =
      load("paper", {"grid.roll_off=0.5", "by_distance=[{from: 3, roll_off: {x: 0.7, y: 0.4}}]"});
  CHECK(preset.discretisation_of("H2+", 2).roll_off == RollOff(0.5, 0.5));
  CHECK(preset.discretisation_of("H2+", 3).roll_off == RollOff(0.7, 0.4));
  const auto again = Preset::from_config(Config::from_text(preset.to_yaml(), "again"));
  CHECK(again.discretisation == preset.discretisation);
  CHECK(again.by_distance[0].discretisation == preset.by_distance[0].discretisation);
  CHECK_THROWS_WITH(load("quick", {"grid.roll_off={x: 0.7}"}),
                    Catch::Contains("roll_off") && Catch::Contains("y"));
  CHECK_THROWS_WITH(load("quick", {"grid.roll_off={x: 0.7, y: 0.1}"}), Catch::Contains("roll_off.y"));
  CHECK_THROWS_WITH(load("quick", {"grid.roll_off={x: 0.7, y: 0.4, z: 1}"}), Catch::Contains("roll_off.z"));
}

TEST_CASE("a filtered potential is in the text of a preset, and a potential that is not filtered is not") {
  // Its text is part of what stores and saved states are known by.
  const auto preset = load("paper", {"grid.roll_off=0.5"});
  CHECK_FALSE(preset.discretisation.band_limited);
  const std::string text = preset.to_yaml();
  CHECK(text.find("  roll_off: 0.5\n") != std::string::npos);
  CHECK(text.find("band_limited_potential") == std::string::npos);
  const auto filtered = load("paper", {"band_limited_potential=true", "molecules={HeH+: {spacing: 0.15}}"});
  CHECK(filtered.discretisation_of("HeH+", 2).band_limited);
  CHECK(filtered.to_yaml().find("band_limited_potential: true") != std::string::npos);
  CHECK_NOTHROW(check_plain(witness_of(filtered)));
}

TEST_CASE("a molecule's own settings replace the general ones, and only those that are named") {
  const auto preset = load("production");
  CHECK(preset.discretisation_of("H2+", 8).spacing == 0.5625);
  CHECK(preset.discretisation_of("H2+", 8).roll_off == preset.discretisation.roll_off);
  CHECK(preset.discretisation_of("HeH+", 8) == preset.discretisation);
}

TEST_CASE("numerics follow the distance") {
  const auto preset =
      load("quick", {"by_distance=[{from: 2, spacing: 0.45}, {from: 7, spacing: 0.55, time_step: 0.2}]"});
  CHECK(preset.discretisation_of("H2+", 1.9) == preset.discretisation);
  CHECK(preset.discretisation_of("H2+", 2).spacing == 0.45);
  CHECK(preset.discretisation_of("H2+", 2).time_step == 0);
  CHECK(preset.discretisation_of("H2+", 12).spacing == 0.55);
  CHECK(preset.discretisation_of("H2+", 12).time_step == 0.2);
  CHECK_THROWS_WITH(load("quick", {"by_distance=[{from: 2}, {from: 1}]"}),
                    Catch::Contains("from: 1 is not larger"));
}

TEST_CASE("a schedule is whole steps without gaps, none longer than asked") {
  const auto preset = load("production");
  for (const double intensity : {1e14, 4e14})
    for (const char* molecule : {"H2+", "HeH+"}) {
      const RunParameters run{.molecule = molecule, .R = 3, .intensity_w_cm2 = intensity};
      const auto stages = stages_of(run, preset);
      REQUIRE(stages.size() == 1 + preset.late_stages.size());
      double t = 0;
      for (std::size_t s = 0; s < stages.size(); ++s) {
        const auto& stage = stages[s];
        CHECK(stage.begin == t);
        CHECK(stage.steps % stage.steps_per_event == 0);
        CHECK(stage.steps_per_event % 2 == 0);  // the event is in the middle
        CHECK(stage.begin + static_cast<double>(stage.steps) * stage.numerics.time_step == Approx(stage.end));
        if (s > 0)
          CHECK(stage.numerics.time_step <= preset.late_stages[s - 1].discretisation.time_step * (1 + 1e-12));
        CHECK(stage.grid.even);
        t = stage.end;
      }
      CHECK(t == Approx(4 * Pulse(intensity, 0, {}).duration()));
    }
  const auto step = [&](double intensity) {
    return stages_of({.R = 3, .intensity_w_cm2 = intensity}, preset)[0].numerics.time_step;
  };
  CHECK(step(1e14) > 1.05 * step(4e14));
  CHECK(step(4e14) <= longest_step(preset.discretisation_of("H2+", 3), BoundStates(Potential({.R = 3}, {})),
                                   Pulse(4e14, 0, {}), true));
  CHECK_FALSE(stages_of({.angle = 0.3}, preset)[0].grid.even);
  CHECK_FALSE(stages_of({}, load("production", {"mechanisms.even_symmetry=false"}))[0].grid.even);
  CHECK(stages_of({}, load("paper")).size() == 1);
}

TEST_CASE("an inner box follows the farthest return and is left out where it would not be small") {
  const auto outer_of = [](double intensity, const std::vector<std::string>& settings = {}) {
    return Plan({.R = 2, .intensity_w_cm2 = intensity}, {}, load("production", settings)).schedule();
  };
  const std::string least = "outer.least_radius=20";
  const auto weak = outer_of(1e14, {least}), strong = outer_of(4e14, {least});
  REQUIRE((weak.outer && strong.outer));
  CHECK(strong.outer->mask.begin > weak.outer->mask.begin);
  CHECK(strong.stages[0].grid.half_width_x() > strong.outer->mask.end + 9);
  CHECK(strong.stages[0].grid.points() <
        0.4 * static_cast<double>(outer_of(4e14, {"outer.least_radius=100"}).stages[0].grid.points()));
  CHECK_FALSE(outer_of(4e14, {"outer.least_radius=100"}).outer);
  CHECK(strong.stages[0].outer_steps_per_event > 0);
  CHECK(strong.stages[1].outer_steps_per_event == 0);
  CHECK(strong.stages[1].grid.half_width_x() >= 180);
  CHECK_FALSE(Plan({}, {}, load("quick")).schedule().outer);
  CHECK_THROWS_WITH(outer_of(4e14, {"outer.spacing=0.3"}), Catch::Contains("outer.spacing: 0.3 is finer"));
  CHECK_THROWS_WITH(outer_of(4e14, {"outer.spacing=1.5"}),
                    Catch::Contains("outer.spacing: 1.5 with roll_off"));
  CHECK_THROWS_WITH(outer_of(4e14, {"outer.time_step=0.8"}), Catch::Contains("outer.time_step: 0.8"));
  CHECK_THROWS_WITH(outer_of(1e13, {"outer.least_radius=3"}),
                    Catch::Contains("outer.least_radius: 3 ") && Catch::Contains("at least 15"));
  CHECK_THROWS_WITH(load("production", {"outer.time_step=automatic"}), Catch::Contains("outer.time_step"));
}

TEST_CASE("there is no outer grid where it would not hold what the pulse scatters") {
  const auto has_outer = [](double intensity, double cep, double cycles = 2) {
    const RunParameters run{.R = 2, .intensity_w_cm2 = intensity, .cep = cep};
    return Plan(run, {.pulse = {.cycles = cycles}}, load("production")).schedule().outer.has_value();
  };
  for (double cep = 0; cep < 6.2; cep += 0.4)
    CHECK(has_outer(4e14, cep));
  CHECK_FALSE(has_outer(6e14, 0));
  CHECK_FALSE(has_outer(8e14, 0));
  CHECK_FALSE(has_outer(4e14, 0, 4));
}

TEST_CASE("an inner box is as large as what flies on in an interval needs, or there is one grid") {
  const auto outer_with = [](double half_width, double interval) {
    auto preset = load("production");
    preset.half_width_x = preset.half_width_y = half_width;
    preset.absorber_interval = interval;
    return Plan({.R = 2, .intensity_w_cm2 = 1e14}, {}, preset).schedule().outer.has_value();
  };
  CHECK(outer_with(180, 2));
  CHECK_FALSE(outer_with(180, 40));
}

TEST_CASE("presets of before may name the box that grew") {
  CHECK_NOTHROW(load("production", {"mechanisms.growing_box=true"}));
}

TEST_CASE("late stages that cannot be are refused") {
  const auto late = [](const std::string& stages) {
    return load("production", {"after_pulse=[" + stages + "]"});
  };
  const std::string first =
      "{delay: 80, spacing: 0.7, roll_off: 0.55, time_step: 0.45, absorber_interval: 2}, ";
  CHECK_THROWS_WITH(
      Plan({}, {},
           late(first + "{delay: 90, spacing: 0.6, roll_off: 0.6, time_step: 0.2, absorber_interval: 2}")),
      Catch::Contains("finer than that before, 0.7"));
  CHECK_THROWS_WITH(
      Plan({}, {}, late("{delay: 80, spacing: 0.7, roll_off: 0.55, time_step: 1e-20, absorber_interval: 2}")),
      Catch::Contains("steps; expected at most"));
  CHECK_THROWS_WITH(
      Plan({}, {},
           late("{delay: 200, spacing: 2, roll_off: 0.55, time_step: 3.1, absorber_interval: 3.1}, "
                "{delay: 300, spacing: 2, roll_off: 0.55, time_step: 3.1, absorber_interval: 3.1}")),
      Catch::Contains("too long to tell bound from fast"));
  // A stage that begins where the run ends is none.
  CHECK(stages_of({}, late("{delay: 661.92, spacing: 0.7, time_step: 0.2, absorber_interval: 2}")).size() <=
        2);
}

TEST_CASE("late stages that would spoil the distribution are refused") {
  const auto late = [](const std::string& stage) {
    return load("production", {"after_pulse=[" + stage + "]"});
  };
  CHECK_THROWS_WITH(
      Plan({}, {}, late("{delay: 80, spacing: 0.8, roll_off: 0.55, time_step: 0.8, absorber_interval: 2}")),
      Catch::Contains("delay 80: time_step: 0.8"));
  CHECK_THROWS_WITH(
      Plan({}, {}, late("{delay: 10, spacing: 0.8, roll_off: 0.55, time_step: 0.6, absorber_interval: 2}")),
      Catch::Contains("may still be inside"));
  CHECK_THROWS_WITH(
      Plan({}, {}, late("{delay: 10, spacing: 0.3, roll_off: 0.55, time_step: 0.05, absorber_interval: 2}")),
      Catch::Contains("finer than that before"));
  CHECK_THROWS_WITH(late("{delay: 10, spacing: 0.5, time_step: automatic, absorber_interval: 2}"),
                    Catch::Contains("a late stage needs a number"));
  CHECK_THROWS_WITH(load("production", {"corrected_potential=false"}), Catch::Contains("after_pulse"));
}

TEST_CASE("the paper's momentum spacing is possible for every preset") {
  for (const char* name : {"quick", "production", "paper"}) {
    const auto preset =
        load(name, {"momentum.kx_spacing=0.00785398163397448", "momentum.ky_spacing=0.015707963267949"});
    CHECK(preset.momentum.kx().size() == 763);
    CHECK(preset.momentum.ky().size() == 319);
    CHECK(preset.momentum.kx()[381] == 0);
    CHECK_NOTHROW(Plan({}, {}, preset));
  }
}

TEST_CASE(
    "a time step beyond the step resonance is refused with the largest admissible one, which is admitted") {
  try {
    Plan({.intensity_w_cm2 = 4e14}, {}, load("quick", {"time_step=0.3"}));
    FAIL("not refused");
  } catch (const ConfigError& error) {
    const std::string text = error.what(), words = "largest admissible time step is ";
    REQUIRE(text.find("time_step: 0.3") != std::string::npos);
    REQUIRE(text.find(words) != std::string::npos);
    const auto rest = text.substr(text.find(words) + words.size());
    const auto admissible = rest.substr(0, rest.find('\n'));
    CHECK(std::stod(admissible) > 0.15);
    CHECK_NOTHROW(Plan({.intensity_w_cm2 = 4e14}, {}, load("quick", {"time_step=" + admissible})));
  }
}

TEST_CASE("numerics that would spoil the distribution are refused") {
  CHECK_THROWS_WITH(Plan({}, {}, load("quick", {"momentum.kx_max=4"})),
                    Catch::Contains("momentum.kx_max: 4"));
  CHECK_THROWS_WITH(Plan({}, {.softening = 0.01}, load("quick")), Catch::Contains("spacing: 0.5"));
  CHECK_THROWS_WITH(Plan({}, {}, load("quick", {"time_step=1e-9"})), Catch::Contains("time_step: 1e-09"));
  CHECK_THROWS_WITH(
      Plan({}, {.pulse = {.wavelength_nm = 1e5, .cycles = 1000}}, load("quick", {"duration=100"})),
      Catch::Contains("steps; expected at most"));
  CHECK_THROWS_WITH(Plan({.R = 45}, {}, load("quick")), Catch::Contains("absorber.radius: 50"));
  CHECK_THROWS_WITH(Plan({}, {}, load("quick", {"grid.half_width_y=50"})),
                    Catch::Contains("grid.half_width_y: 50"));
  CHECK_THROWS_WITH(Plan({}, {}, load("quick", {"grid.half_width_x=3000"})),
                    Catch::Contains("largest supported"));
}

TEST_CASE("what does not hold the electrons of the pulse is refused, with what would do") {
  const auto plan = [](const char* preset, double wavelength, double intensity, double cep = 0) {
    RunParameters run;
    run.intensity_w_cm2 = intensity;
    run.cep = cep;
    return Plan(run, {.pulse = {.wavelength_nm = wavelength}}, load(preset));
  };
  for (const double wavelength : {400, 800})
    for (const double cep : {0.0, 1.6, 3.1, 4.7})
      CHECK_NOTHROW(plan("quick", wavelength, 4e14, cep));
  CHECK_NOTHROW(plan("production", 1600, 1e14));
  // Taken out at 50 a.u., where the field would bring them back.
  CHECK_THROWS_WITH(plan("quick", 1600, 1e14),
                    Catch::Contains("absorber.radius: 50") && Catch::Contains("expected at least"));
  // Faster than the grid admits, and taken out too early; all of it is said at once.
  CHECK_THROWS_WITH(plan("production", 1600, 4e14, 1.6), Catch::Contains("\n  - spacing: 0.5625") &&
                                                             Catch::Contains("at most 0.") &&
                                                             Catch::Contains("\n  - absorber.radius: 150"));
  CHECK_THROWS_WITH(Plan({.intensity_w_cm2 = 4e14, .cep = 1.6}, {.pulse = {.wavelength_nm = 1600}},
                         load("production", {"grid.spacing=0.24", "molecules={}", "after_pulse=[]",
                                             "momentum.kx_max=3.2"})),
                    Catch::Contains("absorber.radius: 150"));
}

TEST_CASE("a misspelt key is named, in whatever block of a preset, and not one that is missing") {
  // quick has none of these blocks, so that most of what they need is missing, too.
  for (const auto& [assignment, message] :
       {std::pair{"outer.spacng=0.3", "outer.spacng: unknown key; did you mean 'spacing'?"},
        std::pair{"after_pulse=[{dely: 3}]", "after_pulse[0].dely: unknown key; did you mean 'delay'?"},
        std::pair{"by_distance=[{form: 3}]", "by_distance[0].form: unknown key; did you mean 'from'?"},
        std::pair{"molecules.HeH+.time_stp=3",
                  "molecules.HeH+.time_stp: unknown key; did you mean 'time_step'?"},
        std::pair{"grid.roll_off={z: 1}", "grid.roll_off.z: unknown key"},
        std::pair{"grid={half_width: 3}", "grid.half_width: unknown key; did you mean 'half_width_"},
        std::pair{"absorber={radus: 3}", "absorber.radus: unknown key; did you mean 'radius'?"},
        std::pair{"momentum={kx_mx: 3}", "momentum.kx_mx: unknown key; did you mean 'kx_max'?"},
        std::pair{"momentum={ky_max: 3}", "momentum.kx_max: this key is required but missing"},
        std::pair{"mechanisms={even: true}", "mechanisms.even: unknown key"},
        std::pair{"outr={spacing: 1}", "outr: unknown key; did you mean 'outer'?"}}) {
    INFO(assignment);
    CHECK_THROWS_WITH(load("quick", {assignment}),
                      Catch::Contains("quick.yaml: ") && Catch::Contains(message));
  }
}

TEST_CASE("bad presets name file, key and value") {
  CHECK_THROWS_WITH(load("quick", {"grid.spacing=abc"}),
                    Catch::Contains("quick.yaml: grid.spacing: 'abc' is not a number"));
  CHECK_THROWS_WITH(load("quick", {"grid.spacing=-1"}), Catch::Contains("grid.spacing: -1 is out of range"));
  CHECK_THROWS_WITH(load("quick", {"grid.spaccing=0.4"}),
                    Catch::Contains("grid.spaccing: unknown key; did you mean 'spacing'?"));
  CHECK_THROWS_WITH(load("quick", {"momentum.kx_spacing=1e-5"}), Catch::Contains("momentum.kx_spacing"));
  CHECK_THROWS_WITH(load("quik"), Catch::Contains("did you mean 'quick'?"));
}
