// What few stores have: arrays beside the distributions, parameters that nobody knows, rows that were
// measured.

#include <algorithm>

#include <catch2/catch.hpp>

#include "libpmd/base/error.hpp"
#include "libpmd/store/export.hpp"
#include "libpmd/store/grow.hpp"
#include "libpmd/store/merge.hpp"
#include "libpmd/store/store.hpp"
#include "tests/libpmd/store/damage.hpp"
#include "tests/libpmd/store/sample_store.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace bondscope;
using Catch::Matchers::Contains;

namespace {

constexpr std::size_t cells = 12;

RowArrays arrays(std::size_t run) {
  RowArrays made;
  for (std::size_t i = 0; i < cells; ++i) {
    const auto value = static_cast<float>(i + 1 + 10 * run);
    made.amplitude.emplace_back(value, -value);
    made.counts.push_back(static_cast<std::uint32_t>(i + 1 + run));
    made.uncertainty.push_back(value * 1e-3f);
    made.mask.push_back(i % 2);
  }
  return made;
}

/// Rows 0 and 1 were measured, R of row 1 and R and cep of row 2 are not known; row 3 has a distribution
/// only.
StoreDescription marked() {
  auto d = sample::description(5);
  d.arrays = row_array_names();
  d.measured = {1, 1, 0, 0, 0};
  d.unknown = {{}, {"R"}, {"R", "cep"}, {}, {}};
  d.runs[1].R = d.runs[2].R = d.runs[2].cep = 0;
  return d;
}

struct Marked : TemporaryFolder {
  std::filesystem::path file = *this / "s.h5";

  Marked() {
    Store::create(file, marked());
    auto store = Store::open(file, Store::Mode::write);
    for (const std::size_t run : {0, 1, 2})
      store.write(run, sample::slab(run), sample::diagnostics(run), 1, arrays(run));
    store.write(3, sample::slab(3), sample::diagnostics(3), 1);
  }
};

void check(const Store& store) {
  const auto& d = store.description();
  CHECK(d.arrays == row_array_names());
  CHECK(d.measured == std::vector<std::uint8_t>{1, 1, 0, 0, 0});
  CHECK(d.unknown == marked().unknown);
  CHECK_FALSE(d.knows(2, "cep"));
  CHECK(d.knows(2, "angle"));
  CHECK(d.is_measured(1));
  CHECK_FALSE(d.is_measured(3));
  for (std::size_t run = 0; run < 4; ++run) {
    const auto loaded = store.load(run);
    CHECK(store.matches(run, loaded));
    CHECK(loaded.pmd == sample::slab(run));
    CHECK(loaded.arrays == (run < 3 ? arrays(run) : RowArrays()));
  }
  CHECK(store.commit(4).state == RunState::pending);
}

}  // namespace

TEST_CASE_METHOD(Marked, "arrays and marks are read as they were written") {
  check(Store::open(file, Store::Mode::read));
}

TEST_CASE_METHOD(Marked, "every byte of an array is covered by its run's checksum") {
  for (const auto& name : row_array_names()) {
    const std::size_t bytes = row_array_bytes(name);
    const auto begin = damage::offset_of(file, ("/" + name).c_str());
    for (std::size_t byte = 0; byte < 4 * cells * bytes; ++byte) {
      INFO(name << " byte " << byte);
      damage::flip(file, begin + byte);
      const auto store = Store::open(file, Store::Mode::read);
      for (std::size_t run = 0; run < 4; ++run)
        CHECK(store.payload_intact(run) == (run != byte / (cells * bytes)));
      damage::flip(file, begin + byte);
    }
  }
}

TEST_CASE_METHOD(Marked, "an array of zeros with a sign is an array") {
  auto store = Store::open(file, Store::Mode::write);
  auto signed_zeros = arrays(0);
  signed_zeros.uncertainty.assign(cells, 0.0f);
  signed_zeros.uncertainty.back() = -0.0f;
  store.write(4, sample::slab(4), sample::diagnostics(4), 1, signed_zeros);
  CHECK(store.payload_intact(4));
  CHECK(store.load(4).arrays == signed_zeros);
}

TEST_CASE_METHOD(Marked, "arrays and marks are copied") {
  SECTION("sealed") {
    export_sealed(file, *this / "out.h5", {.all = true});
    check(Store::open(*this / "out.h5", Store::Mode::read));
  }
  SECTION("merged") {
    merge(*this / "out.h5", {file}, true);
    check(Store::open(*this / "out.h5", Store::Mode::read));
  }
  SECTION("merged with one that has none") {
    auto plain = sample::description(7);
    plain.runs.erase(plain.runs.begin(), plain.runs.begin() + 5);
    plain.numbers = {5, 6};
    Store::create(*this / "plain.h5", plain);
    Store::open(*this / "plain.h5", Store::Mode::write).write(1, sample::slab(6), sample::diagnostics(6), 1);
    merge(*this / "out.h5", {*this / "plain.h5", file}, true);
    const auto store = Store::open(*this / "out.h5", Store::Mode::read);
    CHECK(store.payload_intact(6));
    CHECK(store.load(6).arrays == RowArrays());
    CHECK(store.load(2).arrays == arrays(2));
    CHECK(store.description().unknown[2] == std::vector<std::string>{"R", "cep"});
    CHECK(store.description().knows(6, "R"));
    CHECK(store.description().measured == std::vector<std::uint8_t>{1, 1, 0, 0, 0, 0, 0});
  }
  SECTION("merged with one that marks a run otherwise") {
    const bool measured = GENERATE(false, true);
    auto other = marked();
    if (measured)
      other.measured[2] = 1;
    else
      other.unknown[2] = {"cep"};
    Store::create(*this / "other.h5", other);
    CHECK_THROWS_WITH(merge(*this / "out.h5", {*this / "other.h5", file}, true),
                      Contains("run 2 ") && Contains("marked"));
    CHECK_FALSE(std::filesystem::exists(*this / "out.h5"));
  }
  SECTION("grown") {
    auto wanted = sample::description(7);
    for (std::size_t run = 0; run < 5; ++run)
      wanted.runs[6 - run] = marked().runs[run];
    wanted.runs[0].angle = wanted.runs[1].angle = 1.5;
    {
      const StoreLock lock(file);
      CHECK(grow(file, wanted, lock).done == 4);
    }
    const auto store = Store::open(file, Store::Mode::read);
    for (std::size_t run = 0; run < 4; ++run) {
      CHECK(store.payload_intact(6 - run));
      CHECK(store.load(6 - run).arrays == (run < 3 ? arrays(run) : RowArrays()));
    }
    CHECK(store.description().is_measured(5));
    CHECK_FALSE(store.description().knows(4, "cep"));
  }
}

TEST_CASE_METHOD(Marked, "a run that is computed again has only the arrays that it is given") {
  {
    auto store = Store::open(file, Store::Mode::write);
    RowArrays counts;
    counts.counts = arrays(2).counts;
    store.write(0, sample::slab(0), sample::diagnostics(0), 2, counts);
  }
  const auto store = Store::open(file, Store::Mode::read);
  CHECK(store.payload_intact(0));
  CHECK(store.load(0).arrays.counts == arrays(2).counts);
  CHECK(store.load(0).arrays.mask.empty());
}

TEST_CASE("marks and arrays that are not sensible are refused") {
  const TemporaryFolder folder;
  const auto file = folder / "s.h5";
  const auto refused = [&](const char* why, const std::function<void(StoreDescription&)>& change) {
    auto d = marked();
    change(d);
    CHECK_THROWS_WITH(Store::create(file, d), Contains(why));
  };
  using D = StoreDescription;
  refused("no parameter of value 0", [](D& d) { d.runs[1].R = 2; });
  refused("no parameter of value 0", [](D& d) { d.unknown[0] = {"height"}; });
  refused("not in the order", [](D& d) { d.unknown[2] = {"cep", "R"}; });
  refused("whether run 2 was measured is 2; expected 0 or 1", [](D& d) { d.measured[2] = 2; });
  refused("out of order", [](D& d) { std::ranges::reverse(d.arrays); });
  refused("no array of rows", [](D& d) { d.arrays = {"phase"}; });
  Store::create(file, sample::description());
  auto store = Store::open(file, Store::Mode::write);
  CHECK_THROWS_WITH(store.write(0, sample::slab(0), sample::diagnostics(0), 1, arrays(0)),
                    Contains("no place for 12 values of amplitude"));
}
