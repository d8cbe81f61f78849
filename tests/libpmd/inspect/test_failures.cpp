#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "libpmd/inspect/report.hpp"
#include "libpmd/store/export.hpp"
#include "libpmd/store/merge.hpp"
#include "tests/libpmd/store/damage.hpp"
#include "tests/support/synthetic_store.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace bondscope;
using Catch::Matchers::Contains;

TEST_CASE("failed runs and runs without a known end are listed") {
  const TemporaryFolder folder;
  auto store = synthetic::make(folder / "a.h5", {.runs = 20, .spacing = 0.5, .part = "2/2"}, 4);
  store.write_failure(6, 3, FailureKind::norm_grew, "the norm grew to 1.5");
  store.write_failure(4, 1, FailureKind::time_limit, "took longer than 3600 s");
  store.mark_begun(1, 1);  // done since
  store.mark_begun(8, 2);
  const auto list = list_failures(store);
  REQUIRE(list.failed.size() == 2);
  CHECK(list.failed[0].run == 4);
  CHECK(list.failed[1].kind == FailureKind::norm_grew);
  CHECK(list.failed[1].attempts == 3);
  CHECK(list.failed[1].reason == "the norm grew to 1.5");
  REQUIRE(list.begun.size() == 1);
  CHECK(list.begun[0].run == 8);

  const auto text = failures_text(store, list);
  CHECK_THAT(text, Contains("failed: run 6 (number 13 of the data set) (H2+, R = "));
  CHECK_THAT(text, Contains("norm_grew after 3 attempts: the norm grew to 1.5"));
  CHECK_THAT(text, Contains("time_limit after 1 attempt: took longer"));
  CHECK_THAT(text, Contains("begun: run 8 (number 17 of the data set)") && Contains("begun 2 times"));
  CHECK_THAT(text, Contains("2 failed, 1 begun without a known end, of 10 runs"));

  const auto json = nlohmann::json::parse(failures_json(store, list));
  CHECK(json["failed"][1]["number"] == 13);
  CHECK(json["failed"][1]["kind"] == "norm_grew");
  CHECK(json["failed"][1]["R"] == store.description().runs[6].R);
  CHECK(json["begun"][0]["begun"] == 2);
}

TEST_CASE("a store without failures says so") {
  const TemporaryFolder folder;
  const auto store = synthetic::make(folder / "a.h5", {.runs = 3, .spacing = 0.5});
  CHECK_THAT(failures_text(store, list_failures(store)), Contains("0 failed, 0 begun"));
}

TEST_CASE("a failure whose reason is damaged counts as pending, and verify finds it") {
  const TemporaryFolder folder;
  const auto file = folder / "a.h5";
  synthetic::make(file, {.runs = 3, .spacing = 0.5}, 2).write_failure(2, 1, FailureKind::other, "because");
  CHECK(verify(Store::open(file, Store::Mode::read)).errors == 0);
  damage::flip(file, damage::record_of(file, 2) + 512 - reason_bytes + 3);
  const auto store = Store::open(file, Store::Mode::read);
  CHECK_THAT(failures_text(store, list_failures(store)), Contains("0 failed"));
  const auto report = verify(store);
  REQUIRE(report.errors == 1);
  CHECK(report.findings[0].run == 2);
  CHECK(report.findings[0].check == "commit");
}

TEST_CASE("a summary tells part, seal and history") {
  const TemporaryFolder folder;
  for (const char* part : {"1/2", "2/2"})
    synthetic::make(folder / (std::string(1, part[0]) + ".h5"), {.runs = 10, .spacing = 0.5, .part = part});
  const auto summary = [&](const char* name) {
    const auto store = Store::open(folder / name, Store::Mode::read);
    return summary_text(store, summarise(store));
  };
  CHECK_THAT(summary("1.h5"), Contains("1/2 of the data set"));
  merge(folder / "all.h5", {folder / "1.h5", folder / "2.h5"}, false);
  CHECK_THAT(summary("all.h5"), Contains("made from      1.h5, part 1/2: 5 runs done") &&
                                    Contains("2.h5, part 2/2: 5 runs done") && !Contains("of the data set"));
  export_sealed(folder / "all.h5", folder / "sealed.h5");
  CHECK_THAT(summary("sealed.h5"), Contains("sealed") && Contains("made from      all.h5: 10 runs done") &&
                                       Contains("(those were made from 2 others)"));
  const auto sealed = Store::open(folder / "sealed.h5", Store::Mode::read);
  const auto json = nlohmann::json::parse(summary_json(sealed, summarise(sealed), false));
  CHECK(json["sealed"] == true);
  CHECK(json["history"][0]["history"][1]["part"] == "2/2");
  CHECK(verify(sealed).errors == 0);
}
