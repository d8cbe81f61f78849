// What the centres say of mirror images; test_run.cpp asks distributions.

#include <catch2/catch.hpp>

#include "libpmd/base/config/find_config.hpp"
#include "libpmd/model/symmetry.hpp"
#include "libpmd/model/units.hpp"

using namespace bondscope;

namespace {

constexpr double pi = units::pi;

const ModelParameters& model() {
  static const ModelParameters all{.molecules = {Molecule::from_file(find_config("molecules", "H3++")),
                                                 Molecule::from_file(find_config("molecules", "atom")),
                                                 Molecule::from_file(find_config("molecules", "bent"))}};
  return all;
}

Symmetry symmetry(const RunParameters& run) {
  return symmetry_of(Potential(run, model()));
}

RunParameters bent(double angle) {
  return {.molecule = "bent", .R = 2, .cep = 0.3, .angle = angle, .declared = {{"bend", 1.8}}};
}

/// Whether angles mean the same place of the molecule.
void check_angle(double angle, double expected) {
  CHECK(std::abs(std::remainder(angle - expected, 2 * pi)) < 1e-9);
}

/// The mirrored potential is that of the run.
void check_mirrored(const RunParameters& run, const RunParameters& mirrored, double sign_x, double sign_y) {
  const Potential v(run, model()), w(mirrored, model());
  for (const double x : {-1.3, 0.2, 0.9})
    for (const double y : {-0.8, 0.1, 1.4})
      CHECK(w.value(x, y) == Approx(v.value(sign_x * x, sign_y * y)).epsilon(1e-12));
}

}  // namespace

TEST_CASE("equal nuclei: inversion always, mirrors along and across the field") {
  const auto at = [](double angle) { return symmetry({.molecule = "H2+", .R = 3, .angle = angle}); };
  for (const double angle : {0.0, pi / 2, pi}) {
    CHECK(at(angle).along_ky);
    CHECK(at(angle).along_kx);
    CHECK(at(angle).inversion);
  }
  CHECK_FALSE(at(0.4).along_ky);
  CHECK_FALSE(at(0.4).along_kx);
  CHECK(at(0.4).inversion);
}

TEST_CASE("different nuclei: a mirror along the field only") {
  const auto at = [](double angle) { return symmetry({.molecule = "HeH+", .R = 3, .angle = angle}); };
  CHECK(at(0).along_ky);
  CHECK(at(pi).along_ky);
  CHECK_FALSE(at(0).along_kx);
  CHECK_FALSE(at(0).inversion);
  CHECK_FALSE(at(pi / 2).along_ky);
  CHECK(at(pi / 2).along_kx);
}

TEST_CASE("symmetries are those of places and charges, not of names") {
  const auto h3 = [](double R, double R2) {
    return symmetry({.molecule = "H3++", .R = R, .angle = 0.4, .declared = {{"R2", R2}}});
  };
  CHECK(h3(2, 2).inversion);
  CHECK_FALSE(h3(2, 2.1).inversion);
  const auto atom = symmetry({.molecule = "atom", .R = 0, .angle = 0.4});
  CHECK(atom.along_ky);
  CHECK(atom.along_kx);
  CHECK(atom.inversion);
  CHECK(symmetry(bent(0)).along_ky);
  CHECK_FALSE(symmetry(bent(0)).along_kx);
  CHECK_FALSE(symmetry(bent(pi / 2)).along_ky);
  CHECK(symmetry(bent(pi / 2)).along_kx);
}

TEST_CASE("mirror images lie at -α, and at π - α with φ + π") {
  for (const RunParameters& run :
       {RunParameters{.molecule = "HeH+", .R = 3, .cep = 0.3, .angle = 0.7}, bent(0.7),
        RunParameters{.molecule = "H3++", .R = 2, .cep = 0.3, .angle = 0.7, .declared = {{"R2", 3}}}}) {
    INFO(run.molecule);
    const auto mirror = mirror_runs(run, model());
    REQUIRE(mirror.along_ky);
    check_angle(mirror.along_ky->angle, -0.7);
    CHECK(mirror.along_ky->cep == 0.3);
    check_mirrored(run, *mirror.along_ky, 1, -1);
    REQUIRE(mirror.along_kx);
    check_angle(mirror.along_kx->angle, pi - 0.7);
    CHECK(mirror.along_kx->cep == Approx(pi + 0.3));
    check_mirrored(run, *mirror.along_kx, -1, 1);
  }
}

TEST_CASE("the nearest angle is taken, and a run that is its own mirror image is returned as it is") {
  const RunParameters tilted{.R = 3, .cep = 4, .angle = 0.4};
  check_angle(mirror_runs(tilted, {}).along_ky->angle, -0.4);
  check_angle(mirror_runs(tilted, {}).along_kx->angle, -0.4);  // that is π - 0.4 for equal nuclei
  CHECK(mirror_runs(tilted, {}).along_kx->cep == Approx(4 - pi));
  const RunParameters along{.R = 3, .cep = 0.1};
  CHECK(mirror_runs(along, {}).along_ky == along);
  CHECK(mirror_runs(along, {}).along_kx->angle == 0);
  const RunParameters atom{.molecule = "atom", .R = 0, .angle = 1};
  CHECK(mirror_runs(atom, model()).along_ky == atom);
  const auto across = mirror_runs(bent(pi / 2), model());
  CHECK(across.along_kx->angle == bent(pi / 2).angle);
  check_angle(across.along_ky->angle, -pi / 2);
}

TEST_CASE("with an even harmonic the mirror image along kx needs its phase, too, as a parameter of the run") {
  RunParameters run{.R = 3, .cep = 0.1};
  for (const int harmonic : {2, 3}) {
    const ModelParameters two_colours{.pulse = {.harmonic = harmonic, .relative_intensity = 0.2}};
    run.declared.clear();
    CHECK(mirror_runs(run, two_colours).along_ky == run);
    CHECK(mirror_runs(run, two_colours).along_kx.has_value() == (harmonic == 3));
    run.declared = {{"relative_phase", 1}};
    const auto mirror = mirror_runs(run, two_colours);
    REQUIRE(mirror.along_kx);
    CHECK(mirror.along_kx->cep == Approx(0.1 + pi));
    CHECK(mirror.along_kx->declared.front().value == Approx(harmonic == 2 ? 1 + pi : 1));
  }
}

TEST_CASE("a molecule without a mirror axis has no mirror images") {
  auto without = Config::from_text(
      "{centres: [{charge: 1, softening: 1}, {charge: 2, softening: 1, at: {x: R}}, "
      "{charge: 3, softening: 1, at: {y: R}}]}",
      "x.yaml");
  const ModelParameters crooked{.molecules = {Molecule::from_config("X", without)}};
  const auto mirror = mirror_runs({.molecule = "X", .R = 2}, crooked);
  CHECK_FALSE(mirror.along_kx);
  CHECK_FALSE(mirror.along_ky);
  CHECK_FALSE(symmetry_of(Potential({.molecule = "X", .R = 2}, crooked)).along_ky);
}
