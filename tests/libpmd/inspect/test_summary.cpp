#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "libpmd/inspect/report.hpp"
#include "libpmd/inspect/summary.hpp"
#include "tests/support/synthetic_store.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace bondscope;
using Catch::Matchers::Contains;

TEST_CASE("spreads") {
  CHECK(spread_of({}).count == 0);
  const auto odd = spread_of({3, 1, 2});
  CHECK(odd.min == 1);
  CHECK(odd.median == 2);
  CHECK(odd.max == 3);
  CHECK(spread_of({4, 1, 2, 3}).median == 2.5);
}

TEST_CASE("a store half done") {
  const TemporaryFolder folder;
  auto store = synthetic::make(folder / "a.h5", {.runs = 10, .spacing = 0.25}, 6);
  store.write_failure(7, 3, FailureKind::norm_grew, "the norm grew");
  const auto s = summarise(store);
  CHECK(s.runs == 10);
  CHECK(s.done == 6);
  CHECK(s.failed == 1);
  CHECK(s.pending == 3);
  CHECK(s.failed_runs == std::vector<std::size_t>{7});
  CHECK(s.failed_by_kind == std::map<std::string, std::size_t>{{"norm_grew", 1}});
  CHECK(s.attempts == 9);
  CHECK(s.retried == 1);
  CHECK(s.molecules.at("H2+") == 10);
  CHECK(s.parameters[0].spread.count == 6);
  double largest = 0;
  for (std::size_t run = 0; run < 6; ++run)
    largest = std::max(largest, store.description().runs[run].R);
  CHECK(s.parameters[0].spread.max == largest);
  CHECK(s.wall_seconds.median == 1.5);
  CHECK(s.total_wall_seconds == 9);
  CHECK(s.file_bytes <= s.nominal_bytes);
  CHECK(s.file_bytes == std::filesystem::file_size(folder / "a.h5"));

  const auto text = summary_text(store, s);
  CHECK_THAT(text, Contains("6 of 10 done (60.0 %), 3 pending, 1 failed (7)"));
  CHECK_THAT(text, Contains("1 norm_grew"));
  CHECK_THAT(text, Contains("1 runs needed more than one"));
  CHECK_THAT(text, !Contains("part") && !Contains("sealed") && !Contains("made from"));
  CHECK_THAT(text, Contains("H2+ (10)"));
  CHECK_THAT(text, Contains("25 points, -3 to 3 a.u. (spacing 0.25)"));

  const auto json = nlohmann::json::parse(summary_json(store, s, true));
  CHECK(json["runs"]["done"] == 6);
  CHECK(json["fraction_done"] == 0.6);
  CHECK(json["failed_runs"] == std::vector<int>{7});
  CHECK(json["failed_by_kind"]["norm_grew"] == 1);
  CHECK(json["sealed"] == false);
  CHECK(json["history"].empty());
  CHECK(json["axes"]["ky"]["points"] == 21);
  CHECK(json["parameters"]["R"]["count"] == 6);
  CHECK_THAT(json["configuration"].get<std::string>(), Contains("preset:"));
  CHECK_FALSE(nlohmann::json::parse(summary_json(store, s, false)).contains("configuration"));
}

TEST_CASE("a store with nothing done shows what is planned") {
  const TemporaryFolder folder;
  const auto store = synthetic::make(folder / "a.h5", {.runs = 3, .spacing = 0.5}, 0);
  const auto s = summarise(store);
  CHECK(s.parameters[0].spread.count == 3);
  CHECK(s.yield.count == 0);
  CHECK_THAT(summary_text(store, s), Contains("planned runs") && Contains("0 of 3 done (0.0 %)"));
  CHECK(nlohmann::json::parse(summary_json(store, s, false))["yield"].is_null());
}

TEST_CASE("a reader sees what a writer commits meanwhile") {
  const TemporaryFolder folder;
  auto writer = synthetic::make(folder / "a.h5", {.runs = 3, .spacing = 0.5}, 1);
  const auto reader = Store::open(folder / "a.h5", Store::Mode::read);
  CHECK(summarise(reader).done == 1);
  synthetic::write_run(writer, 2);
  CHECK(summarise(reader).done == 2);
}

TEST_CASE("texts that are not UTF-8 do not break the output for programs") {
  const TemporaryFolder folder;
  auto description = synthetic::description({.runs = 2, .spacing = 0.5});
  description.machine = "caf\xe9";
  Store::create(folder / "a.h5", description);
  const auto store = Store::open(folder / "a.h5", Store::Mode::read);
  CHECK_NOTHROW(nlohmann::json::parse(summary_json(store, summarise(store), true)));
}
