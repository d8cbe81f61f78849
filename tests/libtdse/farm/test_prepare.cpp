#include <algorithm>
#include <filesystem>
#include <fstream>

#include <catch2/catch.hpp>

#include "libpmd/base/error.hpp"
#include "libpmd/store/export.hpp"
#include "libpmd/store/merge.hpp"
#include "libpmd/store/upgrade.hpp"
#include "libtdse/farm/checkpoint_files.hpp"
#include "libtdse/farm/prepare.hpp"
#include "tests/libpmd/store/sample_store.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace bondscope;
using namespace bondscope::tdse;

using bondscope::tdse::prepare_store;
using Catch::Contains;
using Mode = bondscope::Store::Mode;
using bondscope::RunState;
using bondscope::Store;

TEST_CASE("a store is made once and then continued") {
  const TemporaryFolder folder;
  const auto file = folder / "s.h5";
  auto d = sample::description();
  {
    const auto first = prepare_store(file, d);
    CHECK_FALSE(first.continued);
    CHECK(first.notes.empty());
    CHECK_THROWS_WITH(prepare_store(file, d), Contains("another farm"));
    auto store = Store::open(file, Store::Mode::write);
    store.write(2, sample::slab(2), sample::diagnostics(2), 1);
  }
  d.created = "later";
  d.code_version = "newer";
  const auto second = prepare_store(file, d);
  CHECK(second.continued);
  CHECK(second.commits[2].state == RunState::done);
  CHECK(second.commits[0].state == RunState::pending);
  REQUIRE(second.notes.size() == 1);
  CHECK_THAT(second.notes[0], Contains("newer"));
}

TEST_CASE("a store of another farm is refused and what differs is named with both values") {
  const auto stored = sample::description();
  auto wanted = stored;
  const auto refused = [&](const std::string& message) {
    CHECK_THROWS_WITH(tdse::check_same_farm("s.h5", stored, wanted), Contains("s.h5") && Contains(message));
    CHECK_THROWS_AS(tdse::check_same_farm("s.h5", stored, wanted), DataError);
  };
  tdse::check_same_farm("s.h5", stored, wanted);
  SECTION("a value") {
    wanted.configuration = "preset: {name: none}\ndataset: {name: other}\n";
    refused("dataset.name: sample in the store, other now");
  }
  SECTION("a new key") {
    wanted.configuration += "extra: 1\n";
    refused("extra: nothing in the store, 1 now");
  }
  SECTION("a long text") {
    wanted.configuration += "remark: " + std::string(100, 'x') + "\n";
    refused("remark");
  }
  SECTION("a run") {
    wanted.runs[3].R = 9;
    refused("run 3: HeH+, R = 4 a.u.,");
  }
  SECTION("fewer runs") {
    wanted.runs.pop_back();
    refused("number of runs: 5 in the store, 4 now");
  }
  SECTION("a share of a data set") {
    wanted.part = "2/4";
    refused("part: the whole data set in the store, 2/4 now");
  }
  SECTION("other run numbers") {
    wanted.numbers = {0, 1, 2, 3, 5};
    refused("run numbers");
  }
  SECTION("the axes") {
    wanted.kx[0] = -2;
    refused("momentum axes");
  }
}

TEST_CASE("a store of format 2 is refused with what to do, and continued when that was done") {
  const TemporaryFolder folder;
  const auto old = folder / "old.h5", upgraded = folder / "new.h5";
  std::filesystem::copy_file(std::filesystem::path(PMD_FIXTURES) / "v2" / "live.h5", old);
  const auto d = Store::open(old, Mode::read).description();
  const bool grow = GENERATE(false, true);
  CHECK_THROWS_WITH(prepare_store(old, d, {.grow = grow}),
                    Contains("not a store of format 3") && Contains("'pmd_store upgrade old.h5 NEW.h5'"));
  upgrade(old, upgraded);
  const auto prepared = prepare_store(upgraded, d, {.grow = grow});
  CHECK(prepared.continued);
  CHECK(prepared.commits.size() == d.runs.size());
}

TEST_CASE("a sealed store is refused with what to do, a merged one continued") {
  const TemporaryFolder folder;
  const auto d = sample::description();
  Store::create(folder / "s.h5", d);
  {
    auto store = Store::open(folder / "s.h5", Store::Mode::write);
    for (std::size_t run = 0; run < 5; ++run)
      store.write(run, sample::slab(run), sample::diagnostics(run), 1);
  }
  export_sealed(folder / "s.h5", folder / "sealed.h5");
  CHECK_THROWS_WITH(prepare_store(folder / "sealed.h5", d),
                    Contains("sealed") && Contains("pmd_store merge"));
  auto derived = d;
  derived.history = R"([{"file": "s.h5", "runs_done": 5}])";
  derived.derivation = Derivation{R"({"kind": "interpolation"})", {}, {}, {}};
  for (std::size_t run = 0; run < 5; ++run) {
    derived.derivation->use.push_back(Use::any);
    derived.derivation->links.push_back({{0, 0, run, 17, 1}});
    derived.derivation->roots.push_back({17});
  }
  Store::create_filled(folder / "derived.h5", derived, {}, StoreKind::sealed);
  CHECK_THROWS_WITH(prepare_store(folder / "derived.h5", d),
                    Contains("sealed") && Contains("derived from other stores") && !Contains("merge"));
  merge(folder / "merged.h5", {folder / "sealed.h5"}, false);
  const auto prepared = prepare_store(folder / "merged.h5", d);
  CHECK(prepared.continued);
  CHECK(prepared.notes.empty());
  CHECK(prepared.commits[4].state == RunState::done);
}

TEST_CASE("only on request are done runs with damaged data computed again") {
  const TemporaryFolder folder;
  const auto file = folder / "s.h5";
  const auto d = sample::description();
  {
    Store::create(file, d);
    auto store = Store::open(file, Store::Mode::write);
    for (std::size_t run = 0; run < 3; ++run)
      store.write(run, sample::slab(run), sample::diagnostics(run), 1);
  }
  // 0.107f stands once in the file: in the slab of run 1.
  std::ostringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  std::string bytes = text.str();
  const float value = sample::slab(1)[7];
  const auto at = bytes.find(std::string(reinterpret_cast<const char*>(&value), sizeof value));
  REQUIRE(at != std::string::npos);
  bytes[at] ^= 1;
  std::ofstream(file, std::ios::binary) << bytes;

  CHECK(prepare_store(file, d).commits[1].state == RunState::done);
  const auto repaired = prepare_store(file, d, {.repair = true});
  CHECK(repaired.commits[0].state == RunState::done);
  CHECK(repaired.commits[1].state == RunState::pending);
  CHECK(repaired.commits[2].state == RunState::done);
  CHECK_THAT(repaired.notes.at(0), Contains("run 1"));
}

TEST_CASE("what cannot become a store is refused, and stays as it is") {
  const TemporaryFolder folder;
  const auto d = sample::description();
  CHECK_THROWS_AS(prepare_store("/nowhere/s.h5", d), FileError);
  CHECK_THROWS_AS(prepare_store(folder.path(), d), FileError);
  std::ofstream(folder / "mine.txt") << "precious";
  CHECK_THROWS_AS(prepare_store(folder / "mine.txt", d), DataError);
  CHECK(std::filesystem::file_size(folder / "mine.txt") == 8);
  CHECK(folder.names() == std::vector<std::string>{"mine.txt"});
}

TEST_CASE("a run that farms die of again and again counts as failed") {
  const TemporaryFolder folder;
  const auto file = folder / "s.h5";
  const auto d = sample::description();
  Store::create(file, d);
  Store::open(file, Mode::write).mark_begun(1, 4);
  CHECK(prepare_store(file, d).begun[1] == 4);
  Store::open(file, Mode::write).mark_begun(1, 5);
  const auto prepared = prepare_store(file, d);
  CHECK(prepared.commits[1].state == RunState::failed);
  CHECK(prepared.commits[1].failure == FailureKind::killed);
  CHECK(prepared.commits[1].attempt == 1);
  CHECK(prepared.begun[1] == 0);
  REQUIRE(prepared.notes.size() == 1);
  CHECK_THAT(prepared.notes[0], Contains("run 1") && Contains("5 farms"));
  CHECK_THAT(Store::open(file, Mode::read).failure_reason(1), Contains("5 farms"));
}

TEST_CASE("looking for damage can be stopped") {
  const TemporaryFolder folder;
  const auto d = sample::description();
  Store::create(folder / "s.h5", d);
  CHECK_THROWS_AS(prepare_store(folder / "s.h5", d, {.repair = true, .keep_going = [] { return false; }}),
                  Interrupted);
}

TEST_CASE("a store with fewer runs of the same data set grows when asked to") {
  const TemporaryFolder folder;
  const auto file = folder / "s.h5";
  auto few = sample::description(3), many = sample::description(6);
  few.configuration = "preset: {name: none}\ndataset: {name: sample, runs: 3}\n";
  many.configuration = "preset: {name: none}\ndataset: {name: sample, runs: 6}\n";
  prepare_store(file, few);
  {
    auto store = Store::open(file, Mode::write);
    store.write(2, sample::slab(2), sample::diagnostics(2), 1);
  }
  CHECK_THROWS_WITH(prepare_store(file, many), Contains("3 of these 6 runs") && Contains("--grow"));
  const auto grown = prepare_store(file, many, {.grow = true});
  CHECK(grown.continued);
  REQUIRE(grown.commits.size() == 6);
  CHECK(grown.commits[2].state == RunState::done);
  CHECK_THAT(grown.notes.at(0), Contains("3 to 6") && Contains("1 done"));
}

TEST_CASE("saved states go where their runs go") {
  const TemporaryFolder folder;
  const auto file = folder / "s.h5";
  auto few = sample::description(3), many = sample::description(5);
  few.configuration = "preset: {name: none}\ndataset: {name: sample, runs: 3}\n";
  many.configuration = "preset: {name: none}\ndataset: {name: sample, runs: 5}\n";
  std::rotate(many.runs.begin(), many.runs.begin() + 4, many.runs.end());  // row i goes to i + 1
  prepare_store(file, few);
  for (const std::size_t run : {0, 1, 2})
    std::ofstream(tdse::checkpoint_file(file, run)) << run;
  prepare_store(file, many, {.grow = true});
  CHECK_FALSE(std::filesystem::exists(tdse::checkpoint_file(file, 0)));
  for (const std::size_t run : {1, 2, 3}) {
    std::size_t was = 9;
    std::ifstream(tdse::checkpoint_file(file, run)) >> was;
    CHECK(was == run - 1);
  }
}

TEST_CASE("saved states are found once, and those of done runs go") {
  const TemporaryFolder folder;
  const auto file = folder / "s.h5";
  const auto d = sample::description();
  Store::create(file, d);
  Store::open(file, Store::Mode::write).write(1, sample::slab(1), sample::diagnostics(1), 1);
  for (const int run : {0, 1, 99})
    std::ofstream(checkpoint_file(file, run)) << run;
  const auto prepared = prepare_store(file, d);
  CHECK(prepared.facts.saved == std::set<std::size_t>{0});
  CHECK(std::filesystem::exists(checkpoint_file(file, 0)));
  CHECK_FALSE(std::filesystem::exists(checkpoint_file(file, 1)));
  Assignment assignment{.run = 0};
  complete(assignment, prepared.facts);
  CHECK(assignment.saved);
  CHECK(assignment.parameters == d.runs[0]);
}

TEST_CASE("growing does not change what is not a matter of size") {
  const TemporaryFolder folder;
  const auto file = folder / "s.h5";
  prepare_store(file, sample::description(3));
  auto other = sample::description(6);
  other.configuration = "preset: {name: finer}\ndataset: {name: sample, runs: 6}\n";
  CHECK_THROWS_WITH(prepare_store(file, other, {.grow = true}), Contains("preset.name: none"));
  CHECK(prepare_store(file, sample::description(3), {.grow = true}).commits.size() == 3);
}
