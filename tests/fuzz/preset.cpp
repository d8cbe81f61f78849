// Presets (configs/presets): YAML.

#include "libtdse/solver/preset.hpp"

#include "tests/fuzz/target.hpp"

using namespace bondscope;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::try_to([&] {
    const auto preset =
        tdse::Preset::from_config(Config::from_text(std::string(fuzz::text(data, size)), "input"));
    fuzz::expect_stable(preset.to_yaml(), [](const std::string& text) {
      return tdse::Preset::from_config(Config::from_text(text, "written")).to_yaml();
    });
    preset.discretisation_of("H2+", 2);
  });
  return 0;
}
