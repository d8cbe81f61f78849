// One momentum distribution by the library: H2+ at R = 3 a.u., 2e14 W/cm², tilted by 30° against the field.
#include <algorithm>
#include <cstdio>
#include <numbers>

#include <bondscope/libpmd/base/config/find_config.hpp>
#include <bondscope/libtdse/solver/run.hpp>

int main() {
  using namespace bondscope;
  const RunParameters molecule{
      .molecule = "H2+", .R = 3, .intensity_w_cm2 = 2e14, .angle = std::numbers::pi / 6};
  const ModelParameters model{.pulse = {.wavelength_nm = 800, .cycles = 2}};
  const auto preset = tdse::Preset::from_config(Config::from_file(find_config("presets", "quick")));

  const auto run = tdse::run(tdse::Plan(molecule, model, preset));  // [kx][ky], dP/d²k in a.u.⁻²

  const auto brightest = std::max_element(run.pmd.begin(), run.pmd.end()) - run.pmd.begin();
  const auto kx = preset.momentum.kx(), ky = preset.momentum.ky();
  std::printf("ionised %.3e, brightest at kx = %.3f, ky = %.3f a.u.\n", run.diagnostics.yield,
              kx[brightest / ky.size()], ky[brightest % ky.size()]);
}
