#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "libpmd/base/error.hpp"
#include "libpmd/inspect/render.hpp"
#include "tests/support/picture.hpp"
#include "tests/support/synthetic_store.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace bondscope;
using Names = std::vector<std::string>;

namespace {

std::vector<StoredRun> runs_of(const Store& store, const std::vector<std::size_t>& runs) {
  std::vector<StoredRun> stored;
  for (const auto run : runs)
    stored.push_back({&store, run});
  return stored;
}

}  // namespace

TEST_CASE("titles name everything that differs from run to run") {
  const RunParameters p{
      .molecule = "HeH+", .R = 2.346, .intensity_w_cm2 = 9.996e13, .cep = 1.5, .angle = 0.78539816};
  CHECK(panel_title("run 12", p) ==
        Names{"HeH⁺   R = 2.35 a.u.   I = 1.00·10¹⁴ W/cm²", "run 12   φ = 1.50   α = 45.0°"});
  CHECK(panel_title("run 0", {.intensity_w_cm2 = 3.9e14})[0] == "H₂⁺   R = 2.00 a.u.   I = 3.90·10¹⁴ W/cm²");
  CHECK(panel_title("run 0", p, Names{"R", "cep"}) ==
        Names{"HeH⁺   I = 1.00·10¹⁴ W/cm²", "run 0   α = 45.0°"});
}

TEST_CASE("one sheet keeps its name, several are numbered") {
  const TemporaryFolder folder;
  const auto store = synthetic::make(folder / "a.h5", {.runs = 7, .spacing = 0.1});
  const auto runs = runs_of(store, {0, 1, 2, 3, 4, 5, 6});
  CHECK(render(runs, {}, folder / "one.png") == std::vector{folder / "one.png"});
  RenderSettings settings{.images = true, .curves = true, .runs_per_sheet = 3};
  const auto sheets = render(runs, settings, folder / "some.png");
  CHECK(sheets == std::vector{folder / "some_01.png", folder / "some_02.png", folder / "some_03.png"});
  CHECK(folder.names() == Names{"a.h5", "one.png", "some_01.png", "some_02.png", "some_03.png"});
  CHECK(png_size(sheets[0]).second > 2 * png_size(sheets[2]).second);
}

TEST_CASE("every combination of kinds makes a picture") {
  const TemporaryFolder folder;
  const auto store = synthetic::make(folder / "a.h5", {.runs = 2, .molecule = "HeH+", .spacing = 0.1});
  const auto runs = runs_of(store, {0, 1});
  for (int kinds = 1; kinds < 8; ++kinds) {
    CAPTURE(kinds);
    const RenderSettings settings{
        .distributions = (kinds & 1) != 0, .images = (kinds & 2) != 0, .curves = (kinds & 4) != 0};
    const auto png = folder / ("kinds" + std::to_string(kinds) + ".png");
    CHECK(render(runs, settings, png) == std::vector{png});
    CHECK(png_size(png).first > 300);
  }
}

TEST_CASE("a run that makes no picture leaves its place to the reason") {
  const TemporaryFolder folder;
  auto store = synthetic::make(folder / "a.h5", {.runs = 3, .spacing = 0.1});
  const std::vector<float> zero(store.pmd(1).size(), 0.f);
  store.write(1, zero, {}, 1);
  const auto runs = runs_of(store, {0, 1, 2});
  CHECK_NOTHROW(render(runs, {.images = true, .curves = true}, folder / "a.png"));
  const auto only = runs_of(store, {1});
  CHECK_NOTHROW(render(only, {.images = true}, folder / "b.png"));
}

TEST_CASE("settings and places that do not work are refused") {
  const TemporaryFolder folder;
  const auto store = synthetic::make(folder / "a.h5", {.runs = 2, .spacing = 0.1});
  const auto runs = runs_of(store, {0, 1});
  CHECK_THROWS_AS(render(runs, {.distributions = false}, folder / "a.png"), ConfigError);
  CHECK_THROWS_AS(render({}, {}, folder / "a.png"), ConfigError);
  CHECK_THROWS_AS(render(runs, {.runs_per_sheet = 0}, folder / "a.png"), ConfigError);
  CHECK_THROWS_AS(render(runs, {.columns = 99}, folder / "a.png"), ConfigError);
  CHECK_THROWS_AS(render(runs, {.image = {.floor = 1}}, folder / "a.png"), ConfigError);
  CHECK_THROWS_AS(render(runs, {}, folder / "missing" / "a.png"), FileError);
  CHECK(folder.names() == Names{"a.h5"});
}
