#include <iostream>
#include <sstream>

#include <catch2/catch.hpp>

#include "apps/shared/program.hpp"
#include "libpmd/base/error.hpp"

using namespace bondscope;
using Catch::Contains;

namespace {

struct Values {
  std::vector<std::string> files, set, sources;
  std::filesystem::path output;
  std::string kind = "pmd";
  int level = 4;
  std::optional<std::uint64_t> seed;
  std::vector<std::uint64_t> seeds{1, 2};
  double floor = -5, interval = 600;
  std::optional<double> limit;
  bool json = false;
};

CommandLine declared(Values& values) {
  CommandLine line("Usage: it STORE\n");
  line.arguments(values.files, 1, 2, "expected one or two stores");
  line.text("output,o", "FILE.png", values.output, "the picture").required();
  line.choice("kind", "KIND", values.kind, {"pmd", "image"}, "which");
  line.integer("level", "0..9", values.level, 0, 9, "of the compression");
  line.integer("seed", "S", values.seed, 0, 100, "of the draw");
  line.integers("seeds", "S,S", values.seeds, 0, 100, "of trainings");
  line.number("floor", "W", values.floor, {.min = -30, .max = 0, .max_open = true}, "lower end");
  line.duration("limit", "T", values.limit, "time");
  line.duration_or_zero("interval", "T", values.interval, "time");
  line.assignments("set", "KEY=VALUE", values.set, "override");
  line.texts("sources", "STORE...", values.sources, "of it").takes_several = true;
  line.flag("json", values.json, "for programs");
  return line;
}

Values read(Arguments arguments) {
  Values values;
  auto line = declared(values);
  arguments.insert(arguments.begin(), {"a.h5", "-o", "x.png"});
  const bool go_on = line.read(arguments);
  CHECK(go_on);
  return values;
}

void refused(const Arguments& arguments, const std::string& why) {
  INFO(why);
  CHECK_THROWS_WITH(read(arguments), Contains(why));
  CHECK_THROWS_AS(read(arguments), WrongCommandLine);
}

}  // namespace

TEST_CASE("What is not given keeps its default") {
  const auto values = read({});
  CHECK(values.files == std::vector<std::string>{"a.h5"});
  CHECK(values.output == "x.png");
  CHECK((values.kind == "pmd" && values.level == 4 && values.floor == -5 && values.interval == 600));
  CHECK((!values.seed && !values.limit && !values.json && values.set.empty()));
  CHECK(values.seeds == std::vector<std::uint64_t>{1, 2});
}

TEST_CASE("Options set their variables") {
  const auto values =
      read({"--kind=image", "--level", "9", "--seed", "0", "--seeds", "3, 1e1,5", "--floor", "-7.5",
            "--limit", "30:00", "--interval", "0", "--set", "a=1", "--set", "b=", "--json", "b.h5"});
  CHECK(values.files == std::vector<std::string>{"a.h5", "b.h5"});
  CHECK((values.kind == "image" && values.level == 9 && values.seed == 0 && values.json));
  CHECK(values.seeds == std::vector<std::uint64_t>{3, 10, 5});
  CHECK((values.floor == -7.5 && values.limit == 1800 && values.interval == 0));
  CHECK(values.set == std::vector<std::string>{"a=1", "b="});
  CHECK(read({"--sources", "b.h5", "c.h5"}).sources == std::vector<std::string>{"b.h5", "c.h5"});
}

TEST_CASE("Errors name the option, the value and what would be right") {
  refused({"--level", "10"}, "--level: 10 is out of range; expected an integer from 0 to 9");
  refused({"--level", "x"}, "--level: 'x' is not an integer; expected an integer from 0 to 9");
  refused({"--level", "1.5"}, "'1.5' is not an integer");
  refused({"--level", "1e300"}, "1e300 is out of range");
  refused({"--level", "99999999999999999999"}, "is out of range");
  refused({"--seed", "-1"}, "--seed: -1");
  refused({"--seeds", "1,1"}, "--seeds: 1 is given twice");
  refused({"--seeds", "1,,2"}, "--seeds: '' is not an integer");
  refused({"--floor", "0"}, "--floor: 0 is out of range; expected");
  refused({"--floor", "nan"}, "--floor: nan is out of range");
  refused({"--kind", "pdm"}, "--kind: 'pdm' is unknown; expected one of pmd, image (did you mean 'pmd'?)");
  refused({"--limit", "soon"}, "--limit: 'soon'");
  refused({"--limit", "0"}, "--limit: '0'");
  refused({"--set", "nonsense"}, "--set: 'nonsense' has no value; expected KEY=VALUE");
  refused({"--level", "1", "--level", "2"}, "--level: given more than once");
  refused({"--kind", ""}, "--kind: the value is empty; expected KIND");
  refused({"--jsn"}, "there is no option '--jsn'; did you mean '--json'?");
  refused({"b.h5", "c.h5"}, "expected one or two stores, not also 'c.h5'");
}

TEST_CASE("The help shows what is required, and defaults") {
  std::ostringstream text;
  auto* const screen = std::cout.rdbuf(text.rdbuf());
  Values values;
  const bool go_on = declared(values).read({"--help"});
  std::cout.rdbuf(screen);
  CHECK(!go_on);
  for (const char* words : {"Usage: it STORE", "the picture (required)", "of the compression (default 4)",
                            "lower end (default -5)", "time (default 600)", "which (default pmd)"})
    CHECK_THAT(text.str(), Contains(words));
}

TEST_CASE("What is missing is named") {
  Values values;
  CHECK_THROWS_WITH(declared(values).read({"a.h5"}), Contains("missing: --output FILE.png (the picture)"));
  CHECK_THROWS_WITH(declared(values).read({"-o", "x"}), Contains("expected one or two stores"));
}

TEST_CASE("Errors become exit codes") {
  const auto code = [](const auto& throws) {
    return report_errors("program", [&]() -> int {
      throws();
      return exit_code::incomplete;
    });
  };
  CHECK(code([] {}) == 3);
  CHECK(code([] { throw WrongCommandLine("wrong"); }) == 2);
  CHECK(code([] { throw ConfigError("wrong"); }) == 1);
  CHECK(code([] { throw Interrupted("stopped"); }) == 75);
  CHECK(code([] { throw std::bad_alloc(); }) == 1);
}
