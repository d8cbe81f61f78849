#include <catch2/catch.hpp>

#include "libpmd/base/error.hpp"
#include "libpmd/store/export.hpp"
#include "libpmd/store/history.hpp"
#include "libpmd/store/merge.hpp"
#include "libpmd/store/store.hpp"
#include "tests/libpmd/store/damage.hpp"
#include "tests/libpmd/store/sample_store.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace bondscope;

using bondscope::Store;
using Catch::Contains;
using Mode = bondscope::Store::Mode;

namespace {

/// Distributions that were made from two runs each of a store in `folder`.
StoreDescription derived(const TemporaryFolder& folder, std::size_t rows = 3) {
  const auto file = folder / "runs.h5";
  if (!std::filesystem::exists(file)) Store::create(file, sample::description(rows + 1));
  auto d = sample::description(rows);
  History history;
  history.add(Store::open(file, Mode::read));
  d.history = history.text();
  d.derivation = Derivation{R"({"kind": "mean"})", {}, {}, {}};
  for (std::uint64_t row = 0; row < rows; ++row) {
    d.derivation->use.push_back(static_cast<Use>(row % 3));
    d.derivation->links.push_back({{0, 0, row, 10 * row, 0.25}, {0, 0, row + 1, 10 * row + 10, 0.75}});
    d.derivation->roots.push_back({10 * row, 10 * row + 10});
  }
  return d;
}

void fill(Store& store) {
  for (std::size_t row = 0; row < store.size(); ++row)
    store.write(row, sample::slab(row), sample::diagnostics(row), 1);
}

}  // namespace

TEST_CASE("a store knows what its distributions were made from") {
  const TemporaryFolder folder;
  const auto d = derived(folder);
  for (const auto kind : {StoreKind::live, StoreKind::sealed}) {
    const auto file = folder / (kind == StoreKind::live ? "live.h5" : "sealed.h5");
    Store::create_filled(file, d, fill, kind);
    const auto store = Store::open(file, Mode::read);
    REQUIRE(store.description().derivation);
    CHECK(*store.description().derivation == *d.derivation);
    CHECK(store.payload_intact(2));
  }
  CHECK_FALSE(Store::open(folder / "runs.h5", Mode::read).description().derivation);
}

TEST_CASE("a sealed copy of some rows keeps their links") {
  const TemporaryFolder folder;
  const auto d = derived(folder);
  Store::create_filled(folder / "live.h5", d, [](Store& store) {
    store.write(0, sample::slab(0), sample::diagnostics(0), 1);
    store.write(2, sample::slab(2), sample::diagnostics(2), 1);
  });
  export_sealed(folder / "live.h5", folder / "copy.h5");
  const auto copy = Store::open(folder / "copy.h5", Mode::read);
  REQUIRE(copy.description().derivation);
  CHECK(copy.description().derivation->links == std::vector{d.derivation->links[0], d.derivation->links[2]});
  CHECK(copy.description().derivation->roots == std::vector{d.derivation->roots[0], d.derivation->roots[2]});
  CHECK(copy.description().derivation->use == std::vector{Use::any, Use::test});
  CHECK(copy.description().history == d.history);
  CHECK_THROWS_WITH(merge(folder / "merged.h5", {folder / "copy.h5"}, true), Contains("derived"));
}

TEST_CASE("derivations that cannot be are refused") {
  const TemporaryFolder folder;
  const auto refused = [&](const std::string& message, auto change) {
    auto d = derived(folder);
    change(d);
    CHECK_THROWS_WITH(Store::create(folder / "x.h5", d), Contains(message));
    CHECK_FALSE(std::filesystem::exists(folder / "x.h5"));
  };
  using D = bondscope::StoreDescription;
  refused("not a JSON object", [](D& d) { d.derivation->method = "[]"; });
  refused("not a JSON object", [](D& d) { d.derivation->method = "{"; });
  refused("as many rows", [](D& d) { d.derivation->use.pop_back(); });
  refused("as many rows", [](D& d) { d.derivation->links.pop_back(); });
  refused("as many rows", [](D& d) { d.derivation->roots.pop_back(); });
  refused("made from nothing", [](D& d) { d.derivation->links[1].clear(); });
  refused("made from nothing", [](D& d) { d.derivation->roots[1].clear(); });
  refused("do not increase", [](D& d) { d.derivation->roots[1] = {7, 7}; });
  refused("unknown use", [](D& d) { d.derivation->use[1] = static_cast<Use>(3); });
  refused("leads nowhere", [](D& d) { d.derivation->links[1][0].source = 1; });
  refused("leads nowhere", [](D& d) { d.derivation->links[1][0].reserved = 1; });
  refused("leads nowhere", [](D& d) { d.history.clear(); });
  refused("leads nowhere", [](D& d) { d.derivation->links[2][1].weight = 1.0 / 0.0; });
}

TEST_CASE("changed links are noticed") {
  const TemporaryFolder folder;
  Store::create_filled(folder / "live.h5", derived(folder), fill);
  for (const auto* dataset : {"/derivation/use", "/derivation/links_end", "/derivation/links",
                              "/derivation/roots_end", "/derivation/roots"}) {
    INFO(dataset);
    const auto file = folder / "hurt.h5";
    std::filesystem::copy_file(folder / "live.h5", file, std::filesystem::copy_options::overwrite_existing);
    const auto begin = damage::offset_of(file, dataset);
    const std::size_t bytes = std::string(dataset) == "/derivation/use"     ? 3
                              : std::string(dataset) == "/derivation/links" ? 6 * sizeof(Link)
                              : std::string(dataset) == "/derivation/roots" ? 6 * 8
                                                                            : 3 * 8;
    for (std::size_t byte = 0; byte < bytes; ++byte) {
      damage::flip(file, begin + byte);
      CHECK_THROWS_AS(Store::open(file, Mode::read), DataError);
      damage::flip(file, begin + byte);
    }
    CHECK_NOTHROW(Store::open(file, Mode::read));
  }
}
