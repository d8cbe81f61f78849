#include <cmath>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "libpmd/base/error.hpp"
#include "libpmd/base/plot/sheet.hpp"
#include "tests/support/picture.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace bondscope;
using Catch::Matchers::Contains;

namespace {

std::vector<double> axis(double max, int points) {
  std::vector<double> positions;
  for (int i = 0; i < points; ++i)
    positions.push_back(max * (2.0 * i / (points - 1) - 1));
  return positions;
}

Panel panel(PanelKind kind, float value) {
  Panel p;
  p.kind = kind;
  p.title = {"H2+ {tricky_text}", "'quoted' `false`"};
  p.kx = axis(3, 61);
  if (kind != PanelKind::curve) p.ky = axis(2.5, 51);
  p.values.assign(p.kx.size() * (p.ky.empty() ? 1 : p.ky.size()), value);
  return p;
}

/// Fraction of pixels darker than a threshold.
double dark_fraction(const Picture& picture, double threshold) {
  std::size_t dark = 0;
  for (int y = 0; y < picture.height; ++y)
    for (int x = 0; x < picture.width; ++x)
      dark += picture.brightness(x, y) < threshold;
  return static_cast<double>(dark) / static_cast<double>(picture.width * picture.height);
}

}  // namespace

TEST_CASE("panels of all kinds are drawn on one sheet") {
  const TemporaryFolder folder;
  const std::vector<Panel> panels{panel(PanelKind::distribution, -2.f), panel(PanelKind::image, 128.f),
                                  panel(PanelKind::curve, 1e-3f)};
  draw_sheet(folder / "sheet.png", panels, {.columns = 3});
  const auto picture = read_png(folder / "sheet.png");
  CHECK(picture.width > 3 * 300);
  CHECK(picture.height > 250);
  // White paper, without anything drawn over the edge.
  for (const int y : {0, picture.height - 1})
    for (int x = 0; x < picture.width; x += 7)
      CHECK(picture.brightness(x, y) == 1);
  for (const int x : {0, picture.width - 1})
    for (int y = 0; y < picture.height; y += 7)
      CHECK(picture.brightness(x, y) == 1);
}

TEST_CASE("colours follow the values from the floor to the maximum") {
  const TemporaryFolder folder;
  std::vector<Panel> dark{panel(PanelKind::distribution, -5.f)}, bright{panel(PanelKind::distribution, 0.f)};
  draw_sheet(folder / "dark.png", dark, {});
  draw_sheet(folder / "bright.png", bright, {});
  const auto darkness = dark_fraction(read_png(folder / "dark.png"), 0.05);
  CHECK(darkness > 0.4);
  CHECK(dark_fraction(read_png(folder / "bright.png"), 0.05) < 0.1);
  // The same values are brighter where the floor is lower.
  draw_sheet(folder / "lower.png", dark, {.floor = -10});
  CHECK(dark_fraction(read_png(folder / "lower.png"), 0.05) < 0.1);
}

TEST_CASE("more rows make a higher sheet, missing columns a narrower one") {
  const TemporaryFolder folder;
  const std::vector<Panel> five(5, panel(PanelKind::image, 50.f));
  draw_sheet(folder / "wide.png", five, {.columns = 8});
  draw_sheet(folder / "high.png", five, {.columns = 1});
  const auto [wide_width, wide_height] = png_size(folder / "wide.png");
  const auto [high_width, high_height] = png_size(folder / "high.png");
  CHECK(wide_width > 3 * high_width);
  CHECK(high_height > 3 * wide_height);
}

TEST_CASE("a panel with a note needs no values, and a positive curve of zeros is drawn") {
  const TemporaryFolder folder;
  std::vector<Panel> panels(2);
  panels[0].title = {"damaged"};
  panels[0].note = "value 17 is not finite";
  panels[1] = panel(PanelKind::curve, 0.f);
  draw_sheet(folder / "sheet.png", panels, {});
  CHECK(png_size(folder / "sheet.png").first > 600);
}

TEST_CASE("extreme shapes keep their proportions within bounds") {
  const TemporaryFolder folder;
  const std::vector<Panel> one{panel(PanelKind::distribution, -1.f)};
  draw_sheet(folder / "flat.png", one, {.kx = {-3, 3}, .ky = {-0.01, 0.01}});
  draw_sheet(folder / "narrow.png", one, {.kx = {-0.01, 0.01}, .ky = {-3, 3}});
  CHECK(png_size(folder / "narrow.png").second < 1000);
}

TEST_CASE("panels and settings that do not fit are refused") {
  const TemporaryFolder folder;
  const auto png = folder / "sheet.png";
  std::vector<Panel> panels{panel(PanelKind::distribution, -1.f)};
  CHECK_THROWS_AS(draw_sheet(png, {}, {}), ConfigError);
  CHECK_THROWS_WITH(draw_sheet(png, panels, {.columns = 0}), Contains("1 to 16"));
  CHECK_THROWS_AS(draw_sheet(png, panels, {.floor = 0}), ConfigError);
  CHECK_THROWS_AS(draw_sheet(png, panels, {.floor = std::nan("")}), ConfigError);
  CHECK_THROWS_AS(draw_sheet(png, panels, {.kx = {1, 1}}), ConfigError);
  const std::vector<Panel> hundreds(600, panels[0]);
  CHECK_THROWS_WITH(draw_sheet(png, hundreds, {.columns = 2}), Contains("16384"));
  panels[0].values.pop_back();
  CHECK_THROWS_AS(draw_sheet(png, panels, {}), DataError);
  CHECK(folder.names().empty());
}
