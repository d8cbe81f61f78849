#include <cmath>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "libpmd/base/config/config.hpp"
#include "libpmd/base/config/differences.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/text/nearest.hpp"
#include "libpmd/base/text/number.hpp"

using namespace bondscope;
using Catch::Matchers::Contains;
using Catch::Matchers::Equals;

namespace {

Config parse(const std::string& text) {
  return Config::from_text(text, "given.yaml");
}

}  // namespace

TEST_CASE("ranges contain what they describe") {
  const Range half_open{.min = 0, .max = 10, .min_open = true};
  CHECK_FALSE(half_open.contains(0));
  CHECK(half_open.contains(1e-300));
  CHECK(half_open.contains(10));
  CHECK_FALSE(half_open.contains(10.0000001));
  CHECK(half_open.describe() == "a number > 0 and <= 10");
  CHECK(Range::at_least(2).describe() == "a number >= 2");
  CHECK(Range::any().describe() == "a number");
  for (const double value : {NAN, INFINITY, -INFINITY})
    CHECK_FALSE(Range::any().contains(value));
}

TEST_CASE("values are read with their types") {
  const auto config = parse(
      "number: 3.9e14\nnegative: -2\nplus: +1.5\ninteger: 12\ntext: H2+\nflag: yes\n"
      "list: [1, 2.5, 1e3]\nempty_list: []\n");
  CHECK(config.number("number", Range::positive()) == 3.9e14);
  CHECK(config.number("negative", Range::any()) == -2);
  CHECK(config.number("plus", Range::any()) == 1.5);
  CHECK(config.integer("integer", 0, 100) == 12);
  CHECK(config.text("text") == "H2+");
  CHECK(config.text("number") == "3.9e14");
  CHECK(config.flag("flag"));
  CHECK(config.numbers("list", 1, 3, Range::positive()) == std::vector<double>{1, 2.5, 1000});
  CHECK(config.numbers("empty_list", 0, 3, Range::any()).empty());
  CHECK(config.choice("text", {"H2+", "HeH+"}) == "H2+");
  CHECK_NOTHROW(config.expect_all_known());
}

TEST_CASE("a fallback stands in for a missing key only") {
  const auto config = parse("bad: text\nzero: 0\n");
  CHECK(config.number("missing", Range::positive(), 2.5) == 2.5);
  CHECK(config.integer("missing", 0, 10, 7) == 7);
  CHECK(config.text("missing", "H2+") == "H2+");
  CHECK(config.flag("missing", true));
  CHECK(config.choice("missing", {"a", "b"}, "b") == "b");
  CHECK(config.number("zero", Range::any(), 2.5) == 0);
  CHECK_THROWS_AS(config.number("bad", Range::any(), 2.5), ConfigError);
  CHECK_THROWS_AS(config.choice("bad", {"a", "b"}, "b"), ConfigError);
}

TEST_CASE("wrong types are refused with file, key, value and what would be right") {
  const auto config = parse("a:\n  b: soon\n  list: [1, two]\n  map: {x: 1}\n  nothing:\n");
  const auto a = config.section("a");
  CHECK_THROWS_WITH(a.number("b", Range::positive_up_to(10)), Contains("given.yaml") && Contains("a.b") &&
                                                                  Contains("'soon'") &&
                                                                  Contains("a number > 0 and <= 10"));
  CHECK_THROWS_WITH(a.integer("b", 1, 9), Contains("a.b") && Contains("an integer from 1 to 9"));
  CHECK_THROWS_WITH(a.flag("b"), Contains("a.b") && Contains("true or false"));
  CHECK_THROWS_WITH(a.numbers("list", 1, 5, Range::any()), Contains("a.list") && Contains("'two'"));
  CHECK_THROWS_WITH(a.numbers("b", 1, 5, Range::any()), Contains("list of 1 to 5 numbers"));
  CHECK_THROWS_AS(a.text("map"), ConfigError);
  CHECK_THROWS_AS(a.text("list"), ConfigError);
  CHECK_THROWS_AS(a.number("map", Range::any()), ConfigError);
  CHECK_THROWS_AS(a.number("nothing", Range::any()), ConfigError);
  CHECK_THROWS_WITH(config.section("a").section("b"), Contains("a.b") && Contains("not a mapping"));
  CHECK_THROWS_AS(config.sections("a"), ConfigError);
  CHECK_THROWS_WITH(a.sections("list"), Contains("a.list[0]") && Contains("not a mapping"));
}

TEST_CASE("numbers that are none are refused") {
  const auto config = parse(
      "hex: 0x10\nunit: 3 eV\nnan: .nan\nnan2: nan\ninfinity: inf\nhuge: 1e999\ncomma: 1,5\n"
      "fraction: 1.5\nquoted: '7'\nempty: ''\n");
  for (const char* key : {"hex", "unit", "nan", "nan2", "infinity", "huge", "comma", "empty"}) {
    CAPTURE(key);
    CHECK_THROWS_AS(config.number(key, Range::any()), ConfigError);
  }
  for (const char* key : {"hex", "unit", "fraction", "empty", "huge"}) {
    CAPTURE(key);
    CHECK_THROWS_AS(config.integer(key, -100, 100), ConfigError);
  }
}

TEST_CASE("values out of range are refused") {
  const auto config =
      parse("R: -1\ncount: 11\nlist: [1, 2, 30]\nlong: [1, 2, 3, 4]\nbig: 99999999999999999999\n");
  CHECK_THROWS_WITH(config.number("R", Range::positive()),
                    Contains("R") && Contains("-1 is out of range") && Contains("a number > 0"));
  CHECK_THROWS_WITH(config.integer("count", 1, 10),
                    Contains("11 is out of range") && Contains("from 1 to 10"));
  CHECK_THROWS_WITH(config.numbers("list", 1, 3, Range::between(0, 10)), Contains("list") && Contains("30"));
  CHECK_THROWS_WITH(config.numbers("long", 1, 3, Range::any()), Contains("1 to 3 numbers"));
  CHECK_THROWS_WITH(config.numbers("long", 2, 2, Range::any()), Contains("list of 2 numbers"));
  CHECK_THROWS_AS(config.integer("big", 0, 10), ConfigError);
}

TEST_CASE("a choice that is unknown gets the nearest one") {
  const auto config = parse("molecule: HeH\n");
  CHECK_THROWS_WITH(config.choice("molecule", {"H2+", "HeH+"}),
                    Contains("'HeH'") && Contains("H2+, HeH+") && Contains("did you mean 'HeH+'?"));
}

TEST_CASE("unknown keys name the nearest known one") {
  auto config = parse("grid:\n  spacing: 0.5\n  roll_of: 0.6\ntime_step: 0.2\n");
  config.number("time_step", Range::any());
  const auto grid = config.section("grid");
  grid.number("spacing", Range::any());
  grid.number("roll_off", Range::any(), 0.5);
  CHECK_THROWS_WITH(config.expect_all_known(),
                    Equals("given.yaml: grid.roll_of: unknown key; did you mean 'roll_off'?"));
}

TEST_CASE("an unknown key that is near to none lists the known ones") {
  auto config = parse("alpha: 1\nzzzzzzzzzz: 2\n");
  config.number("alpha", Range::any());
  CHECK_THROWS_WITH(config.expect_all_known(), Contains("zzzzzzzzzz") && Contains("known keys here: alpha"));
}

TEST_CASE("a required key that is missing because it is misspelt is named as written") {
  CHECK_THROWS_WITH(parse("tiem_step: 0.1\n").number("time_step", Range::any()),
                    Contains("tiem_step") && Contains("did you mean 'time_step'?"));
  CHECK_THROWS_WITH(parse("other: 0.1\n").number("time_step", Range::any()),
                    Contains("time_step") && Contains("required but missing"));
}

TEST_CASE("expected keys are known before they are read, and others are refused before one is missed") {
  const auto config = parse("block:\n  spacng: 0.4\n  y_max: 1\n");
  const auto block = config.section("block");
  CHECK_THROWS_WITH(block.expect_keys({"spacing", "time_step", "y_max"}),
                    Equals("given.yaml: block.spacng: unknown key; did you mean 'spacing'?"));
  CHECK_THROWS_WITH(block.expect_keys({"time_step", "y_max"}), Contains("known keys here: time_step, y_max"));
  CHECK_NOTHROW(block.expect_keys({"spacng", "y_max", "x_max"}));
  // A near key that is known is no misspelling of the one that is missing.
  CHECK_THROWS_WITH(block.number("x_max", Range::any()),
                    Equals("given.yaml: block.x_max: this key is required but missing"));
  // Expected is not yet read.
  CHECK_THROWS_WITH(config.expect_all_known(), Contains("block.spacng: unknown key"));
  CHECK_NOTHROW(config.expect_keys({"block"}));
}

TEST_CASE("a key that was only asked whether it exists is known") {
  auto config = parse("runs: [1]\n");
  CHECK(config.has("runs"));
  CHECK_FALSE(config.has("ranges"));
  CHECK(config.is_list("runs"));
  CHECK_FALSE(config.is_mapping("runs"));
  CHECK_NOTHROW(config.expect_all_known());
}

TEST_CASE("unknown keys are found in sections and in lists of sections, wherever they were opened") {
  auto config = parse("runs:\n  - {R: 2}\n  - {R: 3, intensty: 1}\n");
  const auto runs = config.sections("runs");
  REQUIRE(runs.size() == 2);
  CHECK(runs[1].number("R", Range::any()) == 3);
  for (const auto& run : runs) {
    run.number("R", Range::any());
    run.number("intensity", Range::any(), 1.0);
  }
  CHECK_THROWS_WITH(config.expect_all_known(), Contains("runs[1].intensty") && Contains("'intensity'"));
  CHECK_NOTHROW(runs[0].expect_all_known());
}

TEST_CASE("checking one section leaves its siblings alone, even where their names begin alike") {
  auto config = parse("grid: {a: 1}\ngrid_fine: {b: 1}\n");
  const auto grid = config.section("grid");
  config.section("grid_fine");
  grid.number("a", Range::any());
  CHECK_NOTHROW(grid.expect_all_known());
  CHECK_THROWS_WITH(config.expect_all_known(), Contains("grid_fine.b"));
}

TEST_CASE("a missing section reads as an empty one") {
  const auto config = parse("a: 1\n");
  const auto section = config.section("absorber");
  CHECK(section.number("radius", Range::any(), 150.0) == 150);
  CHECK_THROWS_WITH(section.number("radius", Range::any()), Contains("absorber.radius"));
}

TEST_CASE("a key given twice is refused") {
  const auto config = parse("R: 1\nR: 2\n");
  CHECK_THROWS_WITH(config.number("R", Range::any()), Contains("R") && Contains("twice"));
}

TEST_CASE("what is not a YAML mapping is refused") {
  CHECK_THROWS_WITH(parse("a: [1, 2\nb: 3\n"),
                    Contains("given.yaml") && Contains("not valid YAML") && Contains("line"));
  CHECK_THROWS_AS(parse("- 1\n- 2\n"), ConfigError);
  CHECK_THROWS_AS(parse("just words"), ConfigError);
  CHECK_THROWS_AS(parse(""), ConfigError);
  CHECK_THROWS_AS(parse(std::string("\x89HDF\r\n\x1a\n\0\0\0", 11)), ConfigError);
}

TEST_CASE("what is not UTF-8 is refused, with its line") {
  CHECK_THROWS_WITH(Config::from_text("a: ä\nb: \xe4\n", "f.yaml"), "f.yaml: line 2: not UTF-8");
  auto config = Config::from_text("a: ä\n", "f.yaml");
  CHECK_THROWS_WITH(config.set("a=\xe4"), Contains("not UTF-8"));
  const auto escaped =
      Config::from_text("a: \"x\\_\"\nb: [\"\\N\"]\nc: {\"\\_\": 1}\nd: \"\\u00a0\"\n", "f.yaml");
  CHECK_THROWS_WITH(escaped.text("a"), Contains("f.yaml: a: ") && Contains("not UTF-8"));
  CHECK_THROWS_WITH(escaped.texts("b"), Contains("f.yaml: b: ") && Contains("not UTF-8"));
  CHECK_THROWS_WITH(escaped.section("c").keys(), Contains("f.yaml: c: ") && Contains("not UTF-8"));
  CHECK(escaped.text("d") == "\u00a0");
}

TEST_CASE("overrides replace, create, and reach into sections") {
  auto config = parse("time_step: 0.2\ngrid: {spacing: 0.5}\n");
  config.set("time_step=0.1");
  config.set("grid.roll_off=0.7");
  config.set("momentum.axes.kx_max=3");
  config.set("list=[1, 2]");
  config.set("text=a=b");
  CHECK(config.number("time_step", Range::any()) == 0.1);
  const auto grid = config.section("grid");
  CHECK(grid.number("spacing", Range::any()) == 0.5);
  CHECK(grid.number("roll_off", Range::any()) == 0.7);
  CHECK(config.section("momentum").section("axes").number("kx_max", Range::any()) == 3);
  CHECK(config.numbers("list", 2, 2, Range::any()) == std::vector<double>{1, 2});
  CHECK(config.text("text") == "a=b");
  CHECK_NOTHROW(config.expect_all_known());
}

TEST_CASE("an override of an unknown key is found like any other") {
  auto config = parse("time_step: 0.2\n");
  config.set("time_stp=0.1");
  config.number("time_step", Range::any());
  CHECK_THROWS_WITH(config.expect_all_known(), Contains("time_stp") && Contains("'time_step'"));
}

TEST_CASE("malformed overrides are refused") {
  auto config = parse("a: 1\n");
  CHECK_THROWS_WITH(config.set("a"), Contains("key=value"));
  CHECK_THROWS_WITH(config.set("=1"), Contains("key=value"));
  CHECK_THROWS_WITH(config.set("a=[1"), Contains("not valid YAML"));
  CHECK_THROWS_WITH(config.set("a.b=1"), Contains("a is a value"));
}

TEST_CASE("the nearest word, if one is near") {
  CHECK(nearest("intensty", {"R", "intensity", "cep"}) == "intensity");
  CHECK(nearest("kx_maks", {"kx_max", "ky_max"}) == "kx_max");
  CHECK(nearest("completely", {"other", "words"}).empty());
  CHECK(nearest("a", {}).empty());
}

TEST_CASE("numbers are written as short as they read back") {
  CHECK(format_number(0.1) == "0.1");
  CHECK(format_number(3.9e14) == "3.9e+14");
  CHECK(format_number(2) == "2");
  for (const double value : {1.0 / 3, 2.5e-308, 1.7976931348623157e308, -0.0184})
    CHECK(std::stod(format_number(value)) == value);
}

TEST_CASE("differences compare leaf by leaf and numbers by value") {
  const auto found = differences("a: {b: 1.0, c: text, d: [1, 2]}\nonly_left: 1\n",
                                 "a: {d: [1, 3], c: text, b: 1}\nonly_right: yes\n");
  REQUIRE(found.size() == 3);
  CHECK(found[0].key == "a.d");
  CHECK(found[0].left == "[1, 2]");
  CHECK(found[0].right == "[1, 3]");
  CHECK(found[1].key == "only_left");
  CHECK(found[1].right.empty());
  CHECK(found[2].key == "only_right");
  CHECK(found[2].left.empty());
  CHECK(differences("a: 0.10\n", "a: 1e-1\n").empty());
  CHECK(differences("a: 1\n", "a: 2\n").size() == 1);
  CHECK_THROWS_AS(differences("a: [", "a: 1\n"), DataError);
}
