#include <catch2/catch.hpp>

#include "libpmd/base/error.hpp"
#include "libpmd/import/import_settings.hpp"

using namespace bondscope;
using Catch::Matchers::Contains;

namespace {

ImportSettings settings_of(const std::string& yaml) {
  return read_import_settings(Config::from_text(yaml, "mine.yaml"));
}

}  // namespace

TEST_CASE("settings of an import are read, written and read again") {
  const std::string yaml =
      "{kind: image, centre: [10.5, 20], symmetry: mirror, axis_deg: 90, scale_au: 0.01, per_electron: 30, "
      "background: 'dark \"1\": a.tif', "
      "mask: m.png, edge: [10, 20, 100], dead: [{x: 1, y: 2, radius: 3}, {x: 4, y: 5, radius: 6}], beyond: "
      "unmeasured, molecule: H2+, "
      "known: {angle_deg: 90, intensity_w_cm2: 2e14}, pulse: {wavelength_nm: 790, cycles: 12}}";
  const auto s = settings_of(yaml);
  CHECK(s.background == "dark \"1\": a.tif");
  CHECK(s.dead.size() == 2);
  CHECK(s.known.size() == 2);
  CHECK(s.known[0].value == Approx(1.5707963));
  CHECK(s.pulse.wavelength_nm == 790);
  const auto again = settings_of(to_yaml(s));
  CHECK(to_yaml(again) == to_yaml(s));
  CHECK(again.edge == s.edge);
  CHECK(again.known == s.known);
  CHECK_THAT(to_yaml(s), !Contains("ring_au") && Contains("symmetry: mirror"));
}

TEST_CASE("settings that cannot be name the key and what is right") {
  const auto refused = [](const std::string& yaml, const char* key, const char* why) {
    INFO(yaml);
    CHECK_THROWS_WITH(settings_of(yaml), Contains("mine.yaml: " + std::string(key)) && Contains(why));
  };
  const std::string good = "centre: [1, 2], scale_au: 0.1";
  CHECK_NOTHROW(settings_of("{" + good + "}"));
  CHECK_NOTHROW(settings_of("{kind: events}"));
  refused("{" + good + ", scale: 3}", "scale", "scale_au");
  refused("{scale_au: 0.1}", "centre", "symmetry: inversion");
  refused("{centre: [1, 2]}", "scale_au", "missing");
  refused("{centre: [1], scale_au: 1}", "centre", "list of 2 to 3 numbers");
  refused("{centre: [1, 2, 3], scale_au: 1}", "centre", "two numbers");
  refused("{centre: [1, .nan], scale_au: 1}", "centre", "number");
  refused("{" + good + ", symmetry: inversion}", "centre", "one of both");
  refused("{symmetry: mirror, scale_au: 1}", "centre", "mirror");
  refused("{" + good + ", ring_au: 1, ring_radius: 10}", "scale_au", "one of both");
  refused("{centre: [1, 2], ring_au: 1}", "ring_radius", "missing");
  refused("{centre: [1, 2], scale_au: -1}", "scale_au", "out of range");
  refused("{" + good + ", slice_au: 1}", "slice_au", "third column");
  refused("{kind: events, mask: a.png}", "kind", "these are of images");
  refused("{" + good + ", subtracted: true, background: b.npy}", "subtracted", "no background");
  refused("{" + good + ", edge: [1, 2, 0]}", "edge", "radius");
  refused("{" + good + ", dead: [{x: 1, y: 2, radius: 0}]}", "dead[0].radius", "> 0");
  refused("{" + good + ", known: {Q: 1}}", "known.Q", "unknown key");
  refused("{" + good + ", known: {R: -1}}", "known.R", "out of range");
  refused("{" + good + ", molecule: ''}", "molecule", "1 to 64");
  refused("{" + good + ", kind: film}", "kind", "image");
}

TEST_CASE("axes are those of a preset, or one's own") {
  auto s = settings_of("{kind: events, preset: quick}");
  CHECK(momentum_axes(s).kx_spacing == 0.025);
  s.kx_max = 1.5;
  CHECK(momentum_axes(s).kx_max == 1.5);
  CHECK(momentum_axes(s).ky_max == 2.5);
  s.preset = "none of these";
  CHECK_THROWS_WITH(momentum_axes(s), Contains("quick"));
  s.kx_spacing = s.ky_spacing = 1e-6;
  s.ky_max = 1;
  CHECK_THROWS_WITH(momentum_axes(s), Contains("kx_spacing") && Contains("points"));
}
