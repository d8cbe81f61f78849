// Molecules (configs/molecules): YAML, and the potential that they make.

#include <cmath>

#include "libpmd/model/potential.hpp"
#include "tests/fuzz/target.hpp"

using namespace bondscope;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::try_to([&] {
    const auto config = Config::from_text(std::string(fuzz::text(data, size)), "input");
    const auto molecule = Molecule::from_config("input", config);
    fuzz::expect_stable(molecule.to_yaml(), [](const std::string& text) {
      return Molecule::from_config("input", Config::from_text(text, "written").section("input")).to_yaml();
    });
    ModelParameters model;
    model.molecules = {molecule};
    const RunParameters run{.molecule = "input", .R = 2, .intensity_w_cm2 = 2e14, .cep = 0.5, .angle = 0.3};
    const Potential potential(run, model);
    fuzz::expect(std::isfinite(potential.extent()), "centres lie at a finite distance");
  });
  return 0;
}
