#include <algorithm>
#include <fstream>

#include <catch2/catch.hpp>

#include "libpmd/base/error.hpp"
#include "libpmd/store/grow.hpp"
#include "libpmd/store/history.hpp"
#include "tests/libpmd/store/damage.hpp"
#include "tests/libpmd/store/sample_store.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace bondscope;

using bondscope::RunState;
using bondscope::Store;
using Mode = bondscope::Store::Mode;

namespace {

/// Runs 0 and 3 done, 2 failed, 4 begun once.
void make(const std::filesystem::path& file) {
  Store::create(file, sample::description(5));
  auto store = Store::open(file, Mode::write);
  store.write(0, sample::slab(0), sample::diagnostics(0), 1);
  store.write(3, sample::slab(3), sample::diagnostics(3), 2);
  store.write_failure(2, 1, FailureKind::not_finite, "why");
  store.mark_begun(4, 1);
}

}  // namespace

TEST_CASE("a store that grows keeps its runs, wherever their rows go") {
  const TemporaryFolder folder;
  const auto file = folder / "s.h5";
  make(file);
  const auto before = Store::open(file, Mode::read).commits();
  auto wanted = sample::description(9);
  std::reverse(wanted.runs.begin(), wanted.runs.end());  // row i goes to 8 - i
  const StoreLock lock(file);
  const auto report = grow(file, wanted, lock);
  CHECK(report.before == 5);
  CHECK(report.after == 9);
  CHECK(report.done == 2);
  CHECK(report.failed == 1);
  CHECK(report.damaged.empty());

  auto grown = Store::open(file, Mode::write);
  REQUIRE(grown.size() == 9);
  for (const std::size_t run : {0, 3}) {
    CHECK(grown.commit(8 - run).payload_checksum == before[run].payload_checksum);
    CHECK(grown.commit(8 - run).attempt == before[run].attempt);
    CHECK(grown.payload_intact(8 - run));
    CHECK(grown.pmd(8 - run) == sample::slab(run));
  }
  CHECK(grown.runs_in(RunState::done).size() == 2);
  CHECK(grown.failure_reason(6) == "why");
  CHECK(grown.begun()[4] == 1);
  CHECK(ancestors(grown.description().history).size() == 1);
  grown.write(0, sample::slab(8), sample::diagnostics(8), 1);
  CHECK(grown.payload_intact(0));
  CHECK_FALSE(std::filesystem::exists(folder / "s.h5.grown"));
  CHECK_FALSE(std::filesystem::exists(folder / "s.h5.grown.partial"));
}

TEST_CASE("a store of other runs does not grow") {
  const TemporaryFolder folder;
  const auto file = folder / "s.h5";
  make(file);
  const auto stored = sample::description(5);
  CHECK(can_grow(stored, sample::description(6)));
  CHECK_FALSE(can_grow(stored, stored));
  CHECK_FALSE(can_grow(stored, sample::description(4)));
  auto other = sample::description(9);
  other.runs[3].R += 1e-9;
  CHECK_FALSE(can_grow(stored, other));
  other = sample::description(9);
  other.kx.back() += 0.1;
  CHECK_FALSE(can_grow(stored, other));
  other = sample::description(9);
  other.part = "1/2";
  CHECK_FALSE(can_grow(stored, other));
  const StoreLock lock(file);
  CHECK_THROWS_AS(grow(file, other, lock), DataError);
  CHECK(Store::open(file, Mode::read).size() == 5);
}

TEST_CASE("of two equal runs each finds a row") {
  auto stored = sample::description(2), wanted = sample::description(3);
  stored.runs[1] = stored.runs[0];
  CHECK_FALSE(can_grow(stored, wanted));
  wanted.runs[2] = wanted.runs[0];
  CHECK(can_grow(stored, wanted));
  const TemporaryFolder folder;
  const auto file = folder / "s.h5";
  Store::create_filled(file, stored, [](Store& store) {
    store.write(0, sample::slab(0), sample::diagnostics(0), 1);
    store.write_failure(1, 1, FailureKind::other, "why");
  });
  const StoreLock lock(file);
  CHECK(grow(file, wanted, lock).places == std::vector<std::size_t>{0, 2});
  const auto grown = Store::open(file, Mode::read);
  CHECK(grown.payload_intact(0));
  CHECK(grown.failure_reason(2) == "why");
}

TEST_CASE("a store that grows keeps its permissions, the links to it and a flat history") {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder / "real");
  const auto real = folder / "real/s.h5", link = folder / "s.h5";
  make(real);
  std::filesystem::create_symlink(real, link);
  std::filesystem::permissions(real,
                               std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  const StoreLock lock(link);
  CHECK_THROWS_WITH(StoreLock(real), Catch::Contains("another farm"));
  for (std::size_t runs = 6; runs < 60; ++runs)
    grow(link, sample::description(runs), lock);
  CHECK(std::filesystem::is_symlink(link));
  CHECK(std::filesystem::status(real).permissions() ==
        (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
  const auto store = Store::open(link, Mode::read);
  CHECK(store.size() == 59);
  CHECK(store.pmd(3) == sample::slab(3));
  const auto history = ancestors(store.description().history);
  CHECK(history.size() == 54);
  CHECK(history.back().depth == 0);
}

TEST_CASE("what a killed growth has left is removed") {
  const TemporaryFolder folder;
  make(folder / "s.h5");
  for (const auto* name : {"s.h5.grown", "s.h5.grown.partial"})
    std::ofstream(folder / name) << "half";
  remove_half_grown(folder / "s.h5");
  CHECK_FALSE(std::filesystem::exists(folder / "s.h5.grown"));
  CHECK_FALSE(std::filesystem::exists(folder / "s.h5.grown.partial"));
  CHECK(Store::open(folder / "s.h5", Mode::read).size() == 5);
}

TEST_CASE("an interrupted growth leaves the store as it was") {
  const TemporaryFolder folder;
  const auto file = folder / "s.h5";
  make(file);
  const StoreLock lock(file);
  const auto stop = [](std::size_t row, std::size_t) { return row < 3; };
  CHECK_THROWS_AS(grow(file, sample::description(9), lock, stop), Interrupted);
  const auto store = Store::open(file, Mode::read);
  CHECK(store.size() == 5);
  CHECK(store.runs_in(RunState::done).size() == 2);
  CHECK_FALSE(std::filesystem::exists(folder / "s.h5.grown"));
  CHECK_FALSE(std::filesystem::exists(folder / "s.h5.grown.partial"));
}

TEST_CASE("a damaged run is not carried over but left to be computed again") {
  const TemporaryFolder folder;
  const auto file = folder / "s.h5";
  make(file);
  damage::flip(file, damage::offset_of(file, "/pmd") + 3 * 12 * sizeof(float));
  const StoreLock lock(file);
  const auto report = grow(file, sample::description(9), lock);
  CHECK(report.done == 1);
  REQUIRE(report.damaged.size() == 1);
  CHECK_THAT(report.damaged[0], Catch::Contains("run 3"));
  CHECK(Store::open(file, Mode::read).commit(3).state == RunState::pending);
}
