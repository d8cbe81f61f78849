#include <fstream>

#include <catch2/catch.hpp>

#include "libpmd/base/error.hpp"
#include "libpmd/base/files/disk.hpp"
#include "libpmd/store/export.hpp"
#include "libpmd/store/history.hpp"
#include "libpmd/store/merge.hpp"
#include "tests/libpmd/store/damage.hpp"
#include "tests/libpmd/store/sample_store.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace bondscope;

using bondscope::FailureKind;
using bondscope::merge;
using bondscope::RunState;
using bondscope::Store;
using Catch::Contains;
using Paths = std::vector<std::filesystem::path>;
using Numbers = std::vector<std::uint64_t>;

namespace {

constexpr std::size_t runs = 12;

/// Share `index` of `count` of a data set of 12 runs: every count-th run.
StoreDescription share(std::size_t index, std::size_t count, bool known_size = true) {
  const auto whole = sample::description(runs);
  auto d = whole;
  d.runs.clear();
  d.part = std::to_string(index) + "/" + std::to_string(count);
  if (known_size) d.configuration = "preset: {name: none}\ndataset: {name: sample, runs: 12}\n";
  for (std::size_t number = index - 1; number < runs; number += count) {
    d.runs.push_back(whole.runs[number]);
    d.numbers.push_back(number);
  }
  return d;
}

/// Does the row's run as if computed: what it holds depends on its number alone.
void compute(Store& store, std::size_t row) {
  const auto number = store.description().numbers[row];
  store.write(row, sample::slab(number), sample::diagnostics(number), 1);
}

struct Folder : TemporaryFolder {
  std::filesystem::path out = *this / "all.h5";

  /// A share with all runs done but those of the given numbers.
  std::filesystem::path make(const std::string& name, const StoreDescription& d,
                             const Numbers& not_done = {}) {
    const auto file = *this / name;
    Store::create(file, d);
    auto store = Store::open(file, Store::Mode::write);
    for (std::size_t row = 0; row < store.size(); ++row) {
      const auto number = store.description().numbers[row];
      if (std::find(not_done.begin(), not_done.end(), number) == not_done.end()) compute(store, row);
    }
    return file;
  }
  Paths shares(std::size_t count, bool known_size = true) {
    Paths files;
    for (std::size_t index = 1; index <= count; ++index)
      files.push_back(make(std::string("p").append(std::to_string(index)).append(".h5"),
                           share(index, count, known_size)));
    return files;
  }
};

void check_is_whole(const std::filesystem::path& file) {
  const auto store = Store::open(file, Store::Mode::read);
  REQUIRE(store.size() == runs);
  CHECK(store.description().part.empty());
  CHECK(store.description().runs == sample::description(runs).runs);
  for (std::size_t run = 0; run < runs; ++run) {
    CHECK(store.description().numbers[run] == run);
    CHECK(store.pmd(run) == sample::slab(run));
    CHECK(store.diagnostics(run) == sample::diagnostics(run));
    CHECK(store.payload_intact(run));
  }
}

}  // namespace

TEST_CASE_METHOD(Folder, "the parts of a data set become the whole, in whatever order they come") {
  auto files = shares(4);
  std::swap(files[0], files[2]);
  const auto report = merge(out, files, false);
  CHECK(report.complete);
  CHECK(report.runs == runs);
  CHECK(report.done == runs);
  CHECK(report.damaged.empty());
  check_is_whole(out);
  CHECK_FALSE(Store::open(out, Store::Mode::read).sealed());
  CHECK(names() == std::vector<std::string>{"all.h5", "p1.h5", "p2.h5", "p3.h5", "p4.h5"});
}

TEST_CASE_METHOD(Folder, "a merged store goes on: what was pending can be written") {
  make("p1.h5", share(1, 2), {4, 8});
  make("p2.h5", share(2, 2));
  const auto report = merge(out, {*this / "p1.h5", *this / "p2.h5"}, false);
  CHECK(report.done == 10);
  CHECK(report.pending == 2);
  {
    auto store = Store::open(out, Store::Mode::write);
    CHECK(store.runs_in(RunState::pending) == std::vector<std::size_t>{4, 8});
    compute(store, 4);
    compute(store, 8);
  }
  check_is_whole(out);
}

TEST_CASE_METHOD(Folder, "failed runs stay failed with their reasons, and marks of begun runs are kept") {
  make("p1.h5", share(1, 2), {2, 4, 6});
  make("p2.h5", share(2, 2));
  {
    auto store = Store::open(*this / "p1.h5", Store::Mode::write);
    store.write_failure(1, 3, FailureKind::norm_grew, "‖ψ‖ grew");
    store.mark_begun(2, 2);
  }
  const auto report = merge(out, {*this / "p1.h5", *this / "p2.h5"}, false);
  CHECK(report.failed == 1);
  CHECK(report.pending == 2);
  const auto store = Store::open(out, Store::Mode::read);
  CHECK(store.commit(2).state == RunState::failed);
  CHECK(store.commit(2).attempt == 3);
  CHECK(store.commit(2).failure == FailureKind::norm_grew);
  CHECK(store.failure_reason(2) == "‖ψ‖ grew");
  CHECK(store.begun()[4] == 2);
  CHECK(store.begun()[2] == 0);
}

TEST_CASE_METHOD(Folder, "missing parts are named, and allowed only on request") {
  auto files = shares(4);
  files.erase(files.begin() + 2);
  CHECK_THROWS_WITH(merge(out, files, false), Contains("missing: 3/4;") && Contains("--incomplete"));
  CHECK_FALSE(std::filesystem::exists(out));
  const auto report = merge(out, files, true);
  CHECK_FALSE(report.complete);
  CHECK(report.done == 9);
  const auto store = Store::open(out, Store::Mode::read);
  CHECK(store.description().part == "1,2,4/4");
  CHECK(store.description().numbers == Numbers{0, 1, 3, 4, 5, 7, 8, 9, 11});
  CHECK(store.pmd(2) == sample::slab(3));
  SECTION("what is missing can be added later") {
    const auto whole = *this / "whole.h5";
    CHECK(merge(whole, {out, *this / "p3.h5"}, false).complete);
    check_is_whole(whole);
    const auto before = ancestors(Store::open(whole, Store::Mode::read).description().history);
    REQUIRE(before.size() == 5);
    CHECK(before[0].file == "all.h5");
    CHECK(before[0].runs_done == 9);
    CHECK(before[1].depth == 1);
    CHECK(before[1].part == "1/4");
    CHECK(before[4].depth == 0);
    CHECK(before[4].part == "3/4");
  }
}

TEST_CASE_METHOD(Folder, "without a known size the parts alone tell what is missing") {
  auto files = shares(3, false);
  CHECK_THROWS_WITH(merge(out, {files[0], files[1]}, false), Contains("missing: 3/3;"));
  CHECK(merge(out, files, false).complete);
  check_is_whole(out);
}

TEST_CASE_METHOD(Folder, "parts of different divisions fit together if nothing is missing") {
  make("half.h5", share(1, 2));
  make("second.h5", share(2, 4));
  make("fourth.h5", share(4, 4));
  const Paths two{*this / "half.h5", *this / "second.h5"};
  CHECK_THROWS_WITH(merge(out, two, false), Contains("in none of the files: 3, 7, 11;"));
  CHECK(merge(out, {two[0], two[1], *this / "fourth.h5"}, false).complete);
  check_is_whole(out);
}

TEST_CASE_METHOD(Folder, "a run that several files have must be the same in all") {
  make("a.h5", share(1, 2));
  make("b.h5", share(1, 2), {6});
  make("c.h5", share(2, 2));
  const Paths files{*this / "a.h5", *this / "b.h5", *this / "c.h5"};
  SECTION("the same: taken once") {
    const auto report = merge(out, files, false);
    CHECK(report.repeated == 5);
    CHECK(report.done == runs);
    check_is_whole(out);
  }
  SECTION("not the same: both are named") {
    {
      auto store = Store::open(files[1], Store::Mode::write);
      store.write(2, sample::slab(99), sample::diagnostics(4), 1);
    }
    CHECK_THROWS_WITH(merge(out, files, false),
                      Contains("run 4 is done in") && Contains("a.h5") && Contains("b.h5"));
    CHECK_FALSE(std::filesystem::exists(out));
  }
  SECTION("failed in one, done in the other: done") {
    {
      auto store = Store::open(files[1], Store::Mode::write);
      store.write_failure(3, 5, FailureKind::other, "x");
    }
    CHECK(merge(out, files, false).failed == 0);
    check_is_whole(out);
  }
  SECTION("damaged in one: taken from the other") {
    damage::flip(files[0], damage::offset_of(files[0], "/pmd") + 5);
    const auto report = merge(out, files, false);
    CHECK(report.done == runs);
    REQUIRE(report.damaged.size() == 1);
    check_is_whole(out);
  }
}

TEST_CASE_METHOD(Folder, "damaged runs are left pending and named by their number") {
  const auto files = shares(2);
  SECTION("slab") {
    damage::flip(files[1], damage::offset_of(files[1], "/pmd") + 2 * 12 * sizeof(float) + 9);
  }
  SECTION("diagnostics") {
    damage::flip(files[1], damage::record_of(files[1], 2) + 32 + 9);
  }
  SECTION("commit record") {
    damage::flip(files[1], damage::record_of(files[1], 2) + 4);
  }
  const auto report = merge(out, files, false);
  CHECK(report.complete);
  CHECK(report.pending == 1);
  REQUIRE(report.damaged.size() == 1);
  CHECK_THAT(report.damaged[0], Contains("p2.h5: run 5: "));
  CHECK(Store::open(out, Store::Mode::read).runs_in(RunState::pending) == std::vector<std::size_t>{5});
}

TEST_CASE_METHOD(Folder, "stores of different configurations are not joined") {
  make("a.h5", share(1, 2));
  auto other = share(2, 2);
  std::string what;
  SECTION("a value") {
    other.configuration = "preset: {name: none}\ndataset: {name: sample, runs: 13}\n";
    what = "dataset.runs: 12 and 13";
  }
  SECTION("the seed") {
    other.seed = 8;
    what = "seed: 7 and 8";
  }
  SECTION("the preset's name") {
    other.preset = "fine";
    what = "preset: none and fine";
  }
  SECTION("the axes") {
    other.kx[0] = -2;
    what = "the momentum axes";
  }
  make("b.h5", other);
  CHECK_THROWS_WITH(merge(out, {*this / "a.h5", *this / "b.h5"}, false),
                    Contains("a.h5") && Contains("b.h5") && Contains(what));
}

TEST_CASE_METHOD(Folder, "runs of one number and different parameters are not joined") {
  make("a.h5", share(1, 2));
  auto other = share(1, 2);
  other.runs[1].R = 9.5;
  make("b.h5", other);
  CHECK_THROWS_WITH(merge(out, {*this / "a.h5", *this / "b.h5"}, true),
                    Contains("run 2 has other parameters"));
}

TEST_CASE_METHOD(Folder, "a merge never overwrites, and leaves nothing behind when it cannot go on") {
  auto files = shares(2);
  SECTION("output exists") {
    std::ofstream(out) << "precious";
    CHECK_THROWS_WITH(merge(out, files, false), Contains("exists already"));
    CHECK(std::filesystem::file_size(out) == 8);
    return;
  }
  SECTION("output is an input") {
    CHECK_THROWS_WITH(merge(files[0], files, false), Contains("exists already"));
  }
  SECTION("an input given twice") {
    CHECK_THROWS_WITH(merge(out, {files[0], files[1], *this / "." / "p1.h5"}, false),
                      Contains("given twice"));
  }
  SECTION("an input that is none") {
    CHECK_THROWS_AS(merge(out, {files[0], *this / "missing.h5"}, false), FileError);
  }
  SECTION("stopped in the middle") {
    CHECK_THROWS_AS(merge(out, files, false, [](std::size_t done, std::size_t) { return done < 7; }),
                    Interrupted);
  }
  CHECK(names() == std::vector<std::string>{"p1.h5", "p2.h5"});
}

TEST_CASE_METHOD(Folder, "the rubbish of a killed merge is overwritten") {
  std::ofstream(*this / "all.h5.partial") << "rubbish";
  merge(out, shares(2), false);
  check_is_whole(out);
  CHECK(names() == std::vector<std::string>{"all.h5", "p1.h5", "p2.h5"});
}

TEST_CASE_METHOD(Folder, "the history of a merge names every input") {
  auto one = share(1, 2), two = share(2, 2);
  one.machine = "node 1";
  two.machine = "node 2";
  two.code_version = "other";
  make("p1.h5", one, {2});
  make("p2.h5", two);
  merge(out, {*this / "p1.h5", *this / "p2.h5"}, false);
  const auto store = Store::open(out, Store::Mode::read);
  CHECK(store.description().machine == "node 1, node 2");
  CHECK(store.description().code_version == "test, other");
  CHECK(store.description().libraries == "HDF5");
  CHECK(store.description().created != "now");
  const auto before = ancestors(store.description().history);
  REQUIRE(before.size() == 2);
  CHECK(before[0].file == "p1.h5");
  CHECK(before[0].part == "1/2");
  CHECK(before[0].created == "now");
  CHECK(before[0].runs_done == 5);
  CHECK(before[1].code_version == "other");
  CHECK(before[1].runs_done == 6);
  char checksum[32];
  std::snprintf(checksum, sizeof checksum, "\"%016llx\"",
                static_cast<unsigned long long>(
                    Store::open(*this / "p2.h5", Store::Mode::read).description_checksum()));
  CHECK_THAT(store.description().history, Contains(checksum) && Contains("node 2"));
}

TEST_CASE_METHOD(Folder, "sealed copies can be merged into a store that goes on") {
  const auto files = shares(2);
  Paths sealed;
  for (const auto& file : files) {
    sealed.push_back(file.string() + ".sealed");
    export_sealed(file, sealed.back());
  }
  CHECK(merge(out, sealed, false).complete);
  check_is_whole(out);
  CHECK_NOTHROW(Store::open(out, Store::Mode::write));
}
