#include <catch2/catch.hpp>

#include "libml/data/setting.hpp"
#include "libpmd/base/config/differences.hpp"
#include "libpmd/base/error.hpp"
#include "tests/libml/learning_store.hpp"

using namespace bondscope;

namespace {

ml::Setting setting_of(const ml::testing::StoreSettings& settings) {
  return ml::read_setting(ml::testing::learning_description(settings).configuration, "test");
}

}  // namespace

TEST_CASE("every key of the setting is found in a store's configuration") {
  for (const auto& entry : setting_of({})) {
    INFO(entry.key);
    CHECK(entry.value.has_value());
  }
}

TEST_CASE("equal settings do not differ, however the numbers are written") {
  CHECK(ml::differences(setting_of({}), setting_of({.absorber_radius = "5.0e1"})).empty());
}

TEST_CASE("a difference is named with both values") {
  const auto found = ml::differences(setting_of({}), setting_of({.absorber_radius = "150", .cycles = 3}));
  REQUIRE(found.size() == 2);
  CHECK(found[0].key == "preset.absorber.radius");
  CHECK(found[0].left == "50");
  CHECK(found[0].right == "150");
  CHECK_FALSE(ml::is_of_pulse(found[0].key));
  CHECK(found[1].key == "dataset.pulse.cycles");
  CHECK(ml::is_of_pulse(found[1].key));
}

TEST_CASE("a key that only one has is a difference") {
  const auto found = ml::differences(setting_of({}), ml::read_setting("preset: {}\ndataset: {}\n", "test"));
  CHECK(found.size() == ml::setting_keys().size());
  CHECK(found[0].right.empty());
}

TEST_CASE("a value that neither has does not count as equal") {
  const auto empty = ml::read_setting("preset: {}\ndataset: {}\n", "test");
  CHECK(ml::differences(empty, empty).size() == ml::setting_keys().size());
}

TEST_CASE("the keys are those of presets and data sets") {
  // Models keep these names: they can never change.
  CHECK(ml::setting_keys() ==
        std::vector<std::string>{"preset.duration", "preset.absorber.radius", "preset.absorber.beta",
                                 "preset.absorber.reference_step", "preset.momentum.kx_max",
                                 "preset.momentum.kx_spacing", "preset.momentum.ky_max",
                                 "preset.momentum.ky_spacing", "dataset.pulse.wavelength_nm",
                                 "dataset.pulse.cycles", "dataset.pulse.envelope", "dataset.pulse.harmonic",
                                 "dataset.pulse.relative_intensity", "dataset.pulse.relative_phase"});
}

TEST_CASE("a pulse of before there were others has one colour and the envelope sin2") {
  const auto old = setting_of({});
  const auto read = [](const std::string& pulse, const std::string& parameters = "{}") {
    return ml::read_setting("preset: {}\ndataset: {pulse: " + pulse + ", parameters: " + parameters + "}\n",
                            "test");
  };
  const auto of_pulse = [&](const ml::Setting& a, const ml::Setting& b) {
    auto found = ml::differences(a, b);
    std::erase_if(found, [](const Difference& one) { return !ml::is_of_pulse(one.key); });
    return found;
  };
  CHECK(
      of_pulse(old, read("{wavelength_nm: 800, cycles: 2, envelope: sin2, relative_intensity: 0}")).empty());
  const auto found =
      of_pulse(old, read("{wavelength_nm: 800, cycles: 2, envelope: gaussian, relative_phase: 1}"));
  REQUIRE(found.size() == 2);
  CHECK(found[0].key == "dataset.pulse.envelope");
  CHECK(found[0].left == "sin2");
  CHECK(found[0].right == "gaussian");
  CHECK(found[1].left == "0");
  // Drawn for each run.
  const auto drawn = read("{wavelength_nm: 800, cycles: 2}", "{wavelength_nm: {unit: nm, meaning: m}}");
  CHECK(of_pulse(drawn, drawn).empty());
  REQUIRE(of_pulse(old, drawn).size() == 1);
  CHECK(of_pulse(old, drawn)[0].right == "of each run");
}

TEST_CASE("values that are not numbers are refused") {
  CHECK_THROWS_AS(ml::read_setting("preset: {duration: long}\n", "test"), ConfigError);
  CHECK_THROWS_AS(ml::read_setting("[1, 2]", "test"), ConfigError);
}
