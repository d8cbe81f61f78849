#include "libtdse/solver/plain_preset.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "libpmd/base/error.hpp"

namespace bondscope::tdse {
namespace {

constexpr double coarsest_spacing = 0.3;  // a.u.

}  // namespace

Preset witness_of(const Preset& preset) {
  Preset plain = preset;
  const auto make_plain = [](Discretisation& d) {
    d = {.spacing = std::min(d.spacing, coarsest_spacing), .roll_off = 1, .time_step = 0};
  };
  plain.name = "witness of " + preset.name;
  plain.transforms = Transforms::fftw;
  make_plain(plain.discretisation);
  for (auto& rule : plain.by_distance)
    make_plain(rule.discretisation);
  for (auto& [molecule, own] : plain.per_molecule)
    make_plain(own);
  plain.corrected_potential = false;
  plain.mechanisms = {.even_symmetry = false, .sparse_sampling = false};
  plain.outer.reset();
  plain.late_stages.clear();
  return plain;
}

void check_plain(const Preset& preset) {
  const auto expect = [&](bool plain, const char* key, const char* value) {
    if (!plain)
      throw ConfigError(fmt::format("preset '{}': {}: with transforms: fftw, the plain method, expected {}",
                                    preset.name, key, value));
  };
  expect(preset.transforms == Transforms::fftw, "transforms", "fftw");
  expect(preset.discretisation.roll_off == 1, "grid.roll_off", "1");
  for (const auto& rule : preset.by_distance)
    expect(rule.discretisation.roll_off == 1, "by_distance.roll_off", "1");
  for (const auto& [molecule, own] : preset.per_molecule)
    expect(own.roll_off == 1, "molecules.roll_off", "1");
  expect(!preset.discretisation.band_limited, "band_limited_potential", "false");
  expect(!preset.corrected_potential, "corrected_potential", "false");
  expect(!preset.mechanisms.even_symmetry, "mechanisms.even_symmetry", "false");
  expect(!preset.mechanisms.sparse_sampling, "mechanisms.sparse_sampling", "false");
  expect(!preset.outer, "outer", "no such section");
  expect(preset.late_stages.empty(), "after_pulse", "[]");
}

}  // namespace bondscope::tdse
