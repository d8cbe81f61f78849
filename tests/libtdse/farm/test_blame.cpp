#include <catch2/catch.hpp>

#include "libtdse/farm/blame.hpp"
#include "libtdse/farm/ledger.hpp"
#include "libtdse/farm/prepare.hpp"
#include "tests/libpmd/store/sample_store.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace bondscope;
using namespace bondscope::tdse;

namespace {

constexpr Ledger::Fit all{1e9, 0};

/// The store's counts after a farm died of these runs, each of which farms had died of so often, itself
/// included.
std::vector<std::uint32_t> settled(const std::vector<std::uint32_t>& begun) {
  const TemporaryFolder folder;
  const auto d = sample::description(begun.size());
  Store::create(folder / "s.h5", d);
  {
    auto store = Store::open(folder / "s.h5", Store::Mode::write);
    for (std::size_t run = 0; run < begun.size(); ++run)
      if (begun[run] > 0) store.mark_begun(run, begun[run], true);
  }
  const auto counts = prepare_store(folder / "s.h5", d).begun;
  // It is settled once: a farm that ends at once charges nobody.
  CHECK(prepare_store(folder / "s.h5", d).begun == counts);
  return counts;
}

}  // namespace

TEST_CASE("a death with many runs in flight makes suspects and no more") {
  CHECK(settled(std::vector<std::uint32_t>(20, 1)) == std::vector<std::uint32_t>(20, 1));
  CHECK(settled(std::vector<std::uint32_t>(20, 3)) == std::vector<std::uint32_t>(20, suspect_deaths));
}

TEST_CASE("a death with few runs in flight counts, but only one alone proves it") {
  CHECK(settled({3, 1, 0}) == std::vector<std::uint32_t>{3, 1, 0});
  CHECK(settled({5, 4, 0}) == std::vector<std::uint32_t>{4, 4, 0});
  CHECK(settled({0, 4, 0}) == std::vector<std::uint32_t>{0, 4, 0});
  CHECK(charged(5, 1) == most_deaths);
}

TEST_CASE("the more farms died of a run, the less company it has") {
  std::vector<RunToDo> runs{{0, 1, 1, 4}, {1, 1, 1, 4}};
  for (std::size_t i = 2; i < 14; ++i)
    runs.push_back({i, 1, 1, i < 12 ? 2u : 0u});
  Ledger ledger({runs.size(), 0, 0}, runs);
  std::vector<std::size_t> started;
  const auto start = [&] {
    while (const auto run = ledger.assign(static_cast<int>(started.size()), all))
      started.push_back(run->run);
  };
  start();
  // Two that nobody suspects, and suspects as long as few are in flight.
  CHECK(started == std::vector<std::size_t>{12, 13, 2, 3, 4, 5, 6, 7});
  for (std::size_t next = 0; ledger.pending() > 0 || ledger.anything_assigned(); ++next) {
    REQUIRE(next < started.size());
    CHECK(ledger.done(static_cast<int>(next), started[next], 1));
    start();
    if (started.back() < 2) CHECK(ledger.status().running <= 1);
  }
  CHECK(started.size() == runs.size());
}
