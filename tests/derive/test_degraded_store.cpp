#include <filesystem>
#include <vector>

#include <catch2/catch.hpp>

#include "libtdse/base/error.hpp"
#include "libtdse/derive/degraded_store.hpp"
#include "libtdse/derive/derived_store.hpp"
#include "tests/support/synthetic_store.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace tdse;

namespace {

Store read(const std::filesystem::path& file) {
  return Store::open(file, Store::Mode::read);
}

}  // namespace

TEST_CASE("every done run has its distribution, its link and its own random numbers") {
  const TemporaryFolder folder;
  // A share of a data set: rows and run numbers are not the same.
  const auto source = synthetic::make(folder.path() / "a.h5", {.runs = 12, .spacing = 0.1, .part = "2/3"}, 3);
  const Degradation d{.rotation_spread_deg = 2, .electrons = 1e5};
  CHECK(write_degraded(folder.path() / "b.h5", source, d, 9) == 3);
  const auto store = read(folder.path() / "b.h5");
  const auto& text = source.description();
  const auto plane = plane_of(text.kx, text.ky);
  REQUIRE(store.size() == 3);
  for (std::size_t row = 0; row < 3; ++row) {
    CHECK(store.pmd(row) == detected(source.pmd(row), plane, d, {9, text.numbers[row]}));
    CHECK(store.description().runs[row] == text.runs[row]);
    const auto& links = store.description().derivation->links[row];
    REQUIRE(links.size() == 1);
    CHECK(links[0].run == text.numbers[row]);
    CHECK(links[0].payload_checksum == source.commit(row).payload_checksum);
    CHECK(store.description().derivation->use[row] == Use::any);
    CHECK(store.diagnostics(row).absorbed == source.diagnostics(row).absorbed);
  }
  CHECK(store.description().derivation->method == describe(d, 9));
}

TEST_CASE("what a derived distribution may be used for is kept") {
  const TemporaryFolder folder;
  const auto source = synthetic::make(folder.path() / "a.h5", {.runs = 3, .spacing = 0.1});
  std::vector<DerivedRow> rows;
  for (std::size_t row = 0; row < 3; ++row)
    rows.push_back({source.description().runs[row], static_cast<Use>(row), {link_to(source, row, 1)}});
  write_derived(folder.path() / "b.h5", {&source}, R"({"kind":"interpolation"})", rows, [&](std::size_t row) {
    return DerivedDistribution{source.pmd(row), source.diagnostics(row)};
  });
  write_degraded(folder.path() / "c.h5", read(folder.path() / "b.h5"), {.resolution_au = 0.1}, 1);
  CHECK(read(folder.path() / "c.h5").description().derivation->use ==
        std::vector<Use>{Use::any, Use::training, Use::test});
}

TEST_CASE("jitter takes its distributions from whoever delivers them") {
  const TemporaryFolder folder;
  const auto source = synthetic::make(folder.path() / "a.h5", {.runs = 2, .spacing = 0.1});
  const auto& text = source.description();
  const auto at = [&](const RunParameters& p) { return synthetic::pmd(p, text.kx, text.ky); };
  const Degradation d{.intensity_jitter = 0.1};
  CHECK_THROWS_AS(write_degraded(folder.path() / "b.h5", source, d, 1), ConfigError);
  write_degraded(folder.path() / "b.h5", source, d, 1, {}, at);
  const auto store = read(folder.path() / "b.h5");
  for (std::size_t row = 0; row < 2; ++row)
    CHECK(store.pmd(row) == jittered(at, text.runs[row], 0.1));
}

TEST_CASE("refusals leave nothing behind") {
  const TemporaryFolder folder;
  const auto source = synthetic::make(folder.path() / "a.h5", {.runs = 2, .spacing = 0.1});
  const auto pending = synthetic::make(folder.path() / "p.h5", {.runs = 2, .spacing = 0.1}, 0);
  const auto out = folder.path() / "b.h5";
  CHECK_THROWS_AS(write_degraded(out, source, {.background = 1}, 1), ConfigError);
  CHECK_THROWS_AS(write_degraded(out, source, {.electrons = 10, .cell_au = 0.05}, 1), ConfigError);
  CHECK_THROWS_AS(write_degraded(out, pending, {.electrons = 10}, 1), DataError);
  CHECK_THROWS_AS(write_degraded(folder.path() / "p.h5", source, {.electrons = 10}, 1), FileError);
  CHECK_THROWS_AS(write_degraded(out, source, {.electrons = 10}, 1, [](auto, auto) { return false; }),
                  Interrupted);
  CHECK_FALSE(std::filesystem::exists(out));
}
