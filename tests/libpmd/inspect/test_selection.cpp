#include <algorithm>
#include <set>
#include <vector>

#include <catch2/catch.hpp>

#include "libpmd/base/error.hpp"
#include "libpmd/inspect/selection.hpp"
#include "tests/support/synthetic_store.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace bondscope;
using Catch::Matchers::Contains;
using Runs = std::vector<std::size_t>;

TEST_CASE("run lists") {
  CHECK(parse_run_list("0,3,5-9", 10) == Runs{0, 3, 5, 6, 7, 8, 9});
  CHECK(parse_run_list("7", 10) == Runs{7});
  CHECK(parse_run_list("5-5", 10) == Runs{5});
  CHECK(parse_run_list("4,2,4,1-3", 10) == Runs{4, 2, 1, 3});
  CHECK(parse_run_list("all", 3) == Runs{0, 1, 2});
}

TEST_CASE("malformed run lists are refused with the entry at fault") {
  for (const char* list :
       {"", ",", "1,", "1,,2", "x", "1;2", "1-", "-1", "1-2-3", " 1", "1.5", "0x1", "+1", "1 - 2"}) {
    CAPTURE(list);
    CHECK_THROWS_WITH(parse_run_list(list, 10), Contains("neither a run number nor a range"));
  }
  CHECK_THROWS_WITH(parse_run_list("1,5-3", 10), Contains("'5-3' runs backwards"));
  CHECK_THROWS_WITH(parse_run_list("3,10", 10), Contains("no run 10") && Contains("0 to 9"));
  CHECK_THROWS_WITH(parse_run_list("0-99999999999999999999999", 10),
                    Contains("no run 99999999999999999999999"));
}

TEST_CASE("runs are taken from those that are done") {
  const TemporaryFolder folder;
  auto store = synthetic::make(folder / "a.h5", {.runs = 40, .spacing = 0.25}, 0);
  CHECK_THROWS_WITH(select_runs(store, {}), Contains("no run is done yet"));
  for (std::size_t run = 0; run < 40; run += 2)
    synthetic::write_run(store, run);
  store.write_failure(3, 1, FailureKind::other, "failed on purpose");
  const auto& parameters = store.description().runs;

  SECTION("the first ones") {
    CHECK(select_runs(store, {.count = 4}) == Runs{0, 2, 4, 6});
    CHECK(select_runs(store, {.count = 100}).size() == 20);
  }
  SECTION("that fulfil conditions") {
    const auto within = [&](const Runs& runs, double min, double max) {
      return std::ranges::all_of(
          runs, [&](auto run) { return parameters[run].R >= min && parameters[run].R <= max; });
    };
    const auto some = select_runs(store, {.where = {"R=2:5"}}), all = select_runs(store, {.runs = "all"});
    CHECK(some.size() > 2);
    CHECK(some.size() < all.size());
    CHECK(within(some, 2, 5));
    CHECK(select_runs(store, {.runs = "all", .where = {"R=2:5"}}) == some);
    CHECK(select_runs(store, {.where = {"R=2:5", "R=3:8", "molecule=H2+"}}).size() < some.size());
    CHECK(select_runs(store, {.where = {"cep=0"}}) == all);
    CHECK(within(select_runs(store, {.random = 3, .where = {"R=2:5"}}), 2, 5));
    const auto refused = [&](const std::string& condition, const std::string& why) {
      CHECK_THROWS_WITH(select_runs(store, {.where = {condition}}),
                        Contains("'" + condition + "'") && Contains(why));
    };
    refused("R=9:10", "no run is left");
    refused("molecule=HeH+", "no run is left");
    refused("r=1:2", "R");
    refused("R", "expected R=NUMBER or R=FROM:TO");
    refused("R=2:1", "expected R=NUMBER");
    refused("R=x", "expected R=NUMBER");
    refused("molecule=", "molecule");
  }
  SECTION("spread over an order, its ends included") {
    auto all = select_runs(store, {.runs = "all", .sort = "R"});
    REQUIRE(all.size() == 20);
    CHECK(std::is_sorted(all.begin(), all.end(),
                         [&](auto a, auto b) { return parameters[a].R < parameters[b].R; }));
    const auto some = select_runs(store, {.sort = "R", .count = 5});
    REQUIRE(some.size() == 5);
    CHECK(some.front() == all.front());
    CHECK(some.back() == all.back());
    CHECK(std::is_sorted(some.begin(), some.end(),
                         [&](auto a, auto b) { return parameters[a].R < parameters[b].R; }));
    CHECK(select_runs(store, {.sort = "R", .count = 1}).size() == 1);
  }
  SECTION("by a diagnostic") {
    const auto order = select_runs(store, {.runs = "all", .sort = "yield"});
    for (std::size_t i = 1; i < order.size(); ++i)
      CHECK(store.diagnostics(order[i - 1]).yield <= store.diagnostics(order[i]).yield);
  }
  SECTION("a list, in its order or sorted") {
    CHECK(select_runs(store, {.runs = "10,2-2"}) == Runs{10, 2});
    CHECK_THROWS_WITH(select_runs(store, {.runs = "2,3"}), Contains("run 3 is failed"));
    CHECK_THROWS_WITH(select_runs(store, {.runs = "5"}), Contains("run 5 is pending"));
    CHECK_THROWS_AS(select_runs(store, {.runs = "40"}), ConfigError);
  }
  SECTION("drawn at random: reproducible, without repetition, different by seed") {
    const auto drawn = select_runs(store, {.random = 8, .seed = 5});
    CHECK(drawn == select_runs(store, {.random = 8, .seed = 5}));
    CHECK(drawn != select_runs(store, {.random = 8, .seed = 6}));
    CHECK(std::set<std::size_t>(drawn.begin(), drawn.end()).size() == 8);
    for (const auto run : drawn)
      CHECK(run % 2 == 0);
    CHECK(select_runs(store, {.random = 1000}).size() == 20);
  }
  SECTION("contradictions and unknown keys") {
    CHECK_THROWS_WITH(select_runs(store, {.runs = "0", .random = 3}), Contains("not both"));
    CHECK_THROWS_WITH(select_runs(store, {.sort = "intensity"}),
                      Contains("cannot be sorted by 'intensity'") && Contains("intensity_w_cm2"));
    CHECK_THROWS_AS(select_runs(store, {.random = 0}), ConfigError);
  }
}
