#include <fstream>
#include <set>
#include <utility>

#include <catch2/catch.hpp>

#include "libpmd/base/error.hpp"
#include "libtdse/farm/assignment.hpp"
#include "libtdse/farm/checkpoint_files.hpp"
#include "libtdse/farm/machine_notes.hpp"
#include "libtdse/farm/node_writer.hpp"
#include "libtdse/farm/settings.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace bondscope;
using namespace bondscope::tdse;

TEST_CASE("an order arrives as it was given") {
  const WorkOrder order{.store = "/a folder/\"s\".h5",
                        .configuration = "preset: {x: 1}\n",
                        .shape = {~std::uint64_t{0}, 50, 4, 3, {"amplitude"}},
                        .checkpoint_interval = 12.5,
                        .checkpoint_folder = "/local",
                        .run_time_limit = 1e-3,
                        .ranks_per_run = 7,
                        .threads = 3,
                        .node_writers = true};
  CHECK(WorkOrder::from_text(order.to_text()) == order);
}

TEST_CASE("what is no order is refused") {
  const auto good = WorkOrder{.store = "s"}.to_text();
  CHECK_NOTHROW(WorkOrder::from_text(good));
  const auto with = [&](const std::string& what, const std::string& instead) {
    auto text = good;
    REQUIRE(text.find(what) != std::string::npos);
    return text.replace(text.find(what), what.size(), instead);
  };
  for (const auto& text :
       {std::string(), std::string("{}"), std::string("[1]"), std::string("not JSON"),
        with("\"ranks_per_run\":1", "\"ranks_per_run\":0"), with("\"threads\":1", "\"threads\":0"),
        with("\"store\":\"s\"", "\"store\":3"), with("\"runs\":0", "\"runs\":\"x\"")}) {
    INFO(text);
    CHECK_THROWS_AS(WorkOrder::from_text(text), DataError);
  }
}

TEST_CASE("a run's parameters arrive with all their bits") {
  const RunParameters run{.molecule = "H\u2082 \"x\"",
                          .R = 0.1 + 0.2,
                          .intensity_w_cm2 = 1.0 / 3 * 1e15,
                          .cep = -5e-324,
                          .angle = 1e308,
                          .declared = {{"delay", 1.0 / 7}, {"xi", -0.0}}};
  CHECK(run_from_text(to_text(run)) == run);
  CHECK_THROWS_AS(run_from_text("{}"), DataError);
  CHECK_THROWS_AS(run_from_text("nonsense"), DataError);
}

TEST_CASE("a finished run arrives with all its bits, or is refused") {
  FinishedRun run{.run = 3, .parameters = {.R = 1.0 / 3}, .pmd = {1, 2.5F, 1e-30F, 0}, .attempt = 2};
  run.arrays.amplitude = {{1, 2}, {3, 4}, {5, 6}, {7, 8}};
  run.diagnostics.yield = 1.0 / 7;
  const auto text = to_text(run);
  const auto got = finished_from_text(text);
  CHECK(got.parameters == run.parameters);
  CHECK(got.pmd == run.pmd);
  CHECK(got.arrays == run.arrays);
  CHECK(got.diagnostics.yield == run.diagnostics.yield);
  for (const std::size_t length : {std::size_t{0}, std::size_t{10}, text.size() - 1})
    CHECK_THROWS_AS(finished_from_text(text.substr(0, length)), DataError);
  CHECK_THROWS_AS(finished_from_text(text + "x"), DataError);
  for (std::size_t at = text.find('\n') + 1; at < text.size(); at += 7) {
    auto flipped = text;
    flipped[at] = static_cast<char>(flipped[at] ^ 4);
    CHECK_THROWS_AS(finished_from_text(flipped), DataError);
  }
}

TEST_CASE("what should be otherwise about a machine is said") {
  const MachineFacts good{.ranks = 65,
                          .ranks_here = 65,
                          .processors = 128,
                          .cores = 64,
                          .open_files = 1024,
                          .file_system = "lustre",
                          .store_bytes = 1'000'000};
  CHECK(machine_notes(good).empty());
  const auto only = [](MachineFacts facts) {
    const auto notes = machine_notes(facts);
    REQUIRE(notes.size() == 1);
    return notes.front();
  };
  auto facts = good;
  facts.ranks = facts.ranks_here = 129;
  CHECK_THAT(only(facts), Catch::Contains("128 threads") && Catch::Contains("--hint=nomultithread"));
  facts.threads = 2;
  facts.cores = 128;
  CHECK_THAT(only(facts), Catch::Contains("256 threads compute on 128 processors"));
  facts = good;
  facts.ranks = 1000;
  facts.node_writers = true;
  CHECK_THAT(only(facts), Catch::Contains("ulimit -n 2200"));
  facts.open_files = 4096;
  facts.node_writers = false;
  CHECK_THAT(only(facts), Catch::Contains("999 ranks") && Catch::Contains("--writers node"));
  facts = good;
  facts.store_bytes = 50'000'000'000;
  CHECK_THAT(only(facts), Catch::Contains("lfs setstripe"));
  facts = look_at_machine(1, 1, std::vector{0}, "/");
  CHECK(facts.processors == 1);
  CHECK(facts.cores <= 1);
}

TEST_CASE("states are saved where the order says, and found by one look at the folder") {
  const TemporaryFolder folder;
  WorkOrder order{.store = (folder / "s.h5").string()};
  CHECK(checkpoint_file(order, 7) == checkpoint_file(folder / "s.h5", 7));
  CHECK(saved_in_folder(order).empty());
  std::ofstream(checkpoint_file(folder / "s.h5", 7));
  std::ofstream(folder / "s.h5.run-12.checkpoint.partial");
  std::ofstream(folder / "s.h5.run-x.checkpoint");
  std::ofstream(folder / "t.h5.run-3.checkpoint");
  CHECK(saved_beside(folder / "s.h5") == std::set<std::size_t>{7, 12});
  order.checkpoint_folder = (folder / "local" / "mine").string();
  order.shape.description_checksum = 0xabc;
  CHECK(saved_in_folder(order).empty());
  std::ofstream(checkpoint_file(order, 5));
  CHECK(saved_in_folder(order) == std::set<std::size_t>{5});
  order.shape.description_checksum = 0xabd;  // another store of the same name
  CHECK(saved_in_folder(order).empty());
}

TEST_CASE("workers save their runs at different times") {
  for (const int workers : {2, 7, 100, 1000}) {
    std::set<double> phases;
    for (int worker = 1; worker <= workers; ++worker)
      phases.insert(saving_phase(worker));
    REQUIRE(phases.size() == static_cast<std::size_t>(workers));
    CHECK(*phases.begin() >= 0);
    CHECK(*phases.rbegin() < 1);
    double before = *phases.rbegin() - 1, widest = 0;
    for (const double phase : phases) {
      widest = std::max(widest, phase - std::exchange(before, phase));
    }
    CHECK(widest < 2.0 / workers);
  }
}

TEST_CASE("there is time to save what must be saved") {
  const Clock::time_point begin{};
  WallTime day(86400, begin);
  day.keep(saving_seconds(1000 * std::uint64_t{134'000'000}));
  CHECK(day.reserve() == Approx(120 + 1340));
  CHECK(day.left(begin) == Approx(86400 - 1460));
  WallTime hour(3600, begin);
  hour.keep(1e6);
  CHECK(hour.reserve() == Approx(900));
  WallTime none;
  none.keep(100);
  CHECK_FALSE(none.limit());
}
