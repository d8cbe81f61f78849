#include <algorithm>

#include <catch2/catch.hpp>

#include "libpmd/base/error.hpp"
#include "libpmd/inspect/verify.hpp"
#include "libpmd/store/derived_store.hpp"
#include "tests/libpmd/store/sample_store.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace bondscope;

using bondscope::Store;
using Catch::Contains;
using Mode = bondscope::Store::Mode;

namespace {

void make(const std::filesystem::path& file, std::size_t runs, const std::string& dataset = "sample") {
  auto d = sample::description(runs);
  d.dataset = dataset;
  Store::create_filled(file, d, [](Store& store) {
    for (std::size_t run = 0; run < store.size(); ++run)
      store.write(run, sample::slab(run), sample::diagnostics(run), 1);
  });
}

/// Row i is the mean of run i of both stores.
void derive(const std::filesystem::path& output, const Store& one, const Store& two) {
  std::vector<DerivedRow> rows;
  for (std::size_t i = 0; i < 3; ++i)
    rows.push_back({one.description().runs[i], Use::any, {link_to(one, i, 0.5, 0), link_to(two, i, 0.5, 1)}});
  write_derived(output, {&one, &two}, R"({"kind": "mean"})", rows, [&](std::size_t row) {
    return DerivedDistribution{intact_pmd(one, row), one.diagnostics(row)};
  });
}

}  // namespace

TEST_CASE("a derived distribution is measured anew and linked to its runs") {
  const TemporaryFolder folder;
  make(folder / "one.h5", 4);
  make(folder / "two.h5", 5, "other");
  const auto one = Store::open(folder / "one.h5", Mode::read),
             two = Store::open(folder / "two.h5", Mode::read);
  derive(folder / "mean.h5", one, two);
  const auto mean = Store::open(folder / "mean.h5", Mode::read);
  CHECK(mean.sealed());
  CHECK(mean.pmd(1) == sample::slab(1));
  double sum = 0;
  for (const float value : sample::slab(1))
    sum += value;
  CHECK(mean.diagnostics(1).yield == Approx(sum * 0.5 * 0.25));
  CHECK(mean.diagnostics(1).pmd_max == Approx(sample::slab(1).back()));
  CHECK(mean.diagnostics(1).wall_seconds == sample::diagnostics(1).wall_seconds);

  const auto report = follow_links(mean, {folder / "two.h5", folder / "one.h5"});
  CHECK(report.links == 6);
  CHECK(report.followed == 6);
  CHECK(report.broken.empty());
  CHECK(follow_links(mean, {folder / "two.h5"}).followed == 3);
  CHECK_THROWS_WITH(follow_links(one, {}), Contains("not derived"));
  make(folder / "third.h5", 6);
  CHECK_THROWS_WITH(follow_links(mean, {folder / "third.h5"}), Contains("none of the stores"));
}

TEST_CASE("links to runs that are gone or changed are broken") {
  const TemporaryFolder folder;
  make(folder / "one.h5", 4);
  const auto one = Store::open(folder / "one.h5", Mode::read);
  write_derived(folder / "copy.h5", {&one}, R"({"kind": "copy"})",
                {{one.description().runs[3], Use::any, {link_to(one, 3, 1)}},
                 {one.description().runs[1], Use::test, {link_to(one, 1, 1)}},
                 {one.description().runs[2], Use::any, {link_to(one, 2, 1)}}},
                [&](std::size_t row) {
                  return DerivedDistribution{intact_pmd(one, row == 0 ? 3 : row), {}};
                });
  const auto copy = Store::open(folder / "copy.h5", Mode::read);
  // Computed anew with a run less, one not done, and one that differs.
  Store::create_filled(folder / "new.h5", sample::description(3), [](Store& store) {
    store.write(1, sample::slab(2), sample::diagnostics(1), 1);
    store.write(2, sample::slab(2), sample::diagnostics(2), 1);
  });
  auto report = follow_links(copy, {folder / "new.h5"});
  REQUIRE(report.broken.size() == 2);
  CHECK_THAT(report.broken[0], Contains("distribution 0: run 3") && Contains("is not there"));
  CHECK_THAT(report.broken[1], Contains("distribution 1: run 1") && Contains("another checksum"));
  make(folder / "grown.h5", 9);
  CHECK(follow_links(copy, {folder / "grown.h5"}).broken.empty());
  // The same runs in another order.
  auto moved = sample::description(9);
  std::reverse(moved.runs.begin(), moved.runs.end());
  Store::create_filled(folder / "moved.h5", moved, [](Store& store) {
    for (std::size_t row = 0; row < 9; ++row)
      store.write(row, sample::slab(8 - row), sample::diagnostics(8 - row), 1);
  });
  CHECK(follow_links(copy, {folder / "moved.h5"}).broken.empty());
  Store::create_filled(folder / "foreign.h5", sample::description(2),
                       [](Store& store) { store.write(0, sample::slab(0), sample::diagnostics(0), 1); });
  CHECK_THROWS_WITH(follow_links(copy, {folder / "foreign.h5"}), Contains("none of the runs"));
}

TEST_CASE("what cannot be derived leaves nothing behind") {
  const TemporaryFolder folder;
  make(folder / "one.h5", 3);
  Store::create(folder / "none.h5", sample::description(3));
  auto finer = sample::description(3);
  finer.configuration = "preset: {name: finer, time_step: 0.1}\n";
  Store::create(folder / "finer.h5", finer);
  const auto one = Store::open(folder / "one.h5", Mode::read);
  const auto none = Store::open(folder / "none.h5", Mode::read);
  const auto other = Store::open(folder / "finer.h5", Mode::read);
  CHECK_THROWS_WITH(link_to(none, 1, 1), Contains("run 1 is not done"));
  CHECK_THROWS_WITH(intact_pmd(none, 1), Contains("run 1 is not done"));
  CHECK_THROWS_WITH(check_compatible({&one, &other}), Contains("preset.time_step"));
  const std::vector<DerivedRow> rows{{one.description().runs[0], Use::any, {link_to(one, 0, 1)}}};
  const auto make_row = [&](std::size_t) { return DerivedDistribution{sample::slab(0), {}}; };
  CHECK_THROWS_AS(write_derived(folder / "x.h5", {&one}, "{}", rows, make_row,
                                [](std::size_t, std::size_t) { return false; }),
                  Interrupted);
  CHECK_THROWS_WITH(write_derived(folder / "x.h5", {&one}, "{}", rows,
                                  [](std::size_t) {
                                    return DerivedDistribution{{1, 2}, {}};
                                  }),
                    Contains("does not fit"));
  CHECK_THROWS_WITH(write_derived(folder / "one.h5", {&one}, "{}", rows, make_row), Contains("exists"));
  CHECK_FALSE(std::filesystem::exists(folder / "x.h5"));
  CHECK_FALSE(std::filesystem::exists(folder / "x.h5.partial"));
}
