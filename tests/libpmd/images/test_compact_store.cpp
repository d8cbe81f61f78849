// A compact store is read like the store that it was made of.

#include <algorithm>
#include <numeric>

#include <catch2/catch.hpp>

#include "libpmd/base/error.hpp"
#include "libpmd/images/compact_store.hpp"
#include "libpmd/images/images_file.hpp"
#include "libpmd/images/write_images.hpp"
#include "libpmd/store/derived_store.hpp"
#include "libpmd/store/export.hpp"
#include "libpmd/store/merge.hpp"
#include "tests/libpmd/images/marked_store.hpp"
#include "tests/libpmd/store/damage.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace bondscope;
using Catch::Matchers::Contains;

namespace {

struct Stored : TemporaryFolder {
  std::filesystem::path store = *this / "store.h5", small = *this / "small.h5";

  explicit Stored(bool tilted = false) {
    auto made = synthetic::make(store, {.runs = 9, .random_angle = tilted, .spacing = 0.05}, 6);
    made.write_failure(7, 1, FailureKind::norm_grew, "on purpose");
    synthetic::write_run(made, 8);
  }
};

double sum(const std::vector<float>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0);
}

}  // namespace

TEST_CASE("a compact store has the runs' distributions, to its stated error") {
  const bool tilted = GENERATE(false, true);
  const Stored made(tilted);
  const auto report = export_compact(made.store, made.small, {.threads = 2});
  CHECK(report.runs == 7);
  const auto from = Store::open(made.store, Store::Mode::read),
             compact = Store::open(made.small, Store::Mode::read);
  CHECK(compact.kind() == StoreKind::compact);
  CHECK(compact.sealed());
  CHECK_FALSE(from.compact_error(0));
  const auto& d = compact.description();
  CHECK(d.numbers == std::vector<std::uint64_t>{0, 1, 2, 3, 4, 5, 8});
  CHECK(d.kx == from.description().kx);
  CHECK(d.ky == from.description().ky);
  CHECK(d.configuration == from.description().configuration);
  for (std::size_t row = 0; row < 7; ++row) {
    const std::size_t run = row < 6 ? row : 8;
    INFO("run " << run);
    const auto pmd = from.pmd(run), restored = compact.pmd(row);
    CHECK(compact.payload_intact(row));
    CHECK(compact.diagnostics(row) == from.diagnostics(run));
    CHECK(d.runs[row] == from.description().runs[run]);
    // Its root is the computed run: what was learned from is recognised.
    CHECK(roots_of(compact, row) == roots_of(from, run));
    CHECK(d.derivation->links[row][0].run == run);
    CHECK(sum(restored) == Approx(sum(pmd)).epsilon(1e-6));
    const auto error = *compact.compact_error(row);
    CHECK(error == compact_error(pmd, restored, d.ky.size()));
    CHECK(error.grey_mean < 0.6);
    CHECK(error.grey_largest < 3.5);
    CHECK(error.grey_largest <= report.largest.grey_largest);
    CHECK(error.total_variation < 0.01);
  }
  CHECK(std::filesystem::file_size(made.small) < std::filesystem::file_size(made.store) / 8);
}

TEST_CASE("images are made of compact stores") {
  const Stored made;
  export_compact(made.store, made.small);
  write_images(made.small, made / "images.h5", {});
  const auto images = ImagesFile::open(made / "images.h5");
  const auto from = Store::open(made.store, Store::Mode::read);
  const auto& d = from.description();
  const auto expected = grey_levels(make_image(from.pmd(3), d.kx, d.ky));
  const auto found = images.image(0, 3).pixels;
  double difference = 0;
  for (std::size_t i = 0; i < expected.size(); ++i)
    difference += std::abs(expected[i] - found[i]);
  CHECK(difference / static_cast<double>(expected.size()) < 0.8);
}

TEST_CASE("what a compact store lost is not lost out of sight by a copy of it") {
  const Stored made;
  export_compact(made.store, made.small);
  CHECK_THROWS_WITH(export_compact(made.small, made / "b.h5"), Contains("is compact already"));
  CHECK_THROWS_WITH(export_sealed(made.small, made / "b.h5"), Contains("is compact already"));
  CHECK_THROWS_WITH(merge(made / "b.h5", {made.small}, true), Contains("is compact; merge the stores"));
  CHECK_FALSE(std::filesystem::exists(made / "b.h5"));
}

TEST_CASE("what does not fit is given fewer levels") {
  const Stored made(true);
  const auto from = Store::open(made.store, Store::Mode::read);
  const auto pmd = from.pmd(1);
  const auto ky = from.description().ky.size();
  const auto all = compact_to(pmd, ky, 1 << 20);
  CHECK(all.distribution.differences == compact(pmd, ky, 255).differences);
  const auto least = compact_to(pmd, ky, 1);
  CHECK(least.distribution.differences == compact(pmd, ky, 64).differences);
  CHECK(least.bytes < all.bytes);
  CHECK(compact_error(pmd, expand(all.distribution, ky), ky).grey_mean <
        compact_error(pmd, expand(least.distribution, ky), ky).grey_mean);

  const auto largest = export_compact(made.store, made / "all.h5", {.most_bytes = 1 << 20});
  CHECK(largest.too_large == 0);
  CHECK(largest.largest_bytes >= all.bytes);
  const auto report = export_compact(made.store, made / "least.h5", {.most_bytes = 1});
  CHECK(report.too_large == 7);
  CHECK(report.largest_bytes >= least.bytes);
  CHECK(report.largest_bytes < largest.largest_bytes);
}

TEST_CASE("uses of a derived store are kept, damage is refused or left out") {
  const TemporaryFolder folder;
  const std::vector<Use> uses{Use::training, Use::any, Use::test};
  synthetic::make_marked(folder / "store.h5", synthetic::description({.runs = 3, .spacing = 0.1}), uses);
  export_compact(folder / "store.h5", folder / "small.h5");
  const auto small = Store::open(folder / "small.h5", Store::Mode::read);
  CHECK(small.description().derivation->use == uses);
  CHECK(roots_of(small, 2) == std::vector<std::uint64_t>{19});
  CHECK_THROWS_WITH(export_compact(folder / "store.h5", folder / "small.h5"), Contains("exists already"));

  const auto slab = small.description().kx.size() * small.description().ky.size() * sizeof(float);
  damage::flip(folder / "store.h5", damage::offset_of(folder / "store.h5", "/pmd") + slab + 40);
  CHECK_THROWS_WITH(export_compact(folder / "store.h5", folder / "b.h5"),
                    Contains("run 1") && Contains("damaged"));
  const auto report = export_compact(folder / "store.h5", folder / "b.h5", {.skip_damaged = true});
  CHECK(report.damaged == std::vector<std::uint64_t>{1});
  CHECK(Store::open(folder / "b.h5", Store::Mode::read).description().numbers ==
        std::vector<std::uint64_t>{0, 2});
}

TEST_CASE("a compact store is never written to") {
  const Stored made;
  export_compact(made.store, made.small);
  CHECK_THROWS_WITH(Store::open(made.small, Store::Mode::write), Contains("is sealed") && !Contains("merge"));
}

TEST_CASE("flipped bytes of a compact store are found") {
  const Stored made;
  export_compact(made.store, made.small);
  const auto [offset, bytes] = damage::chunk_of(made.small, "/pmd", 2);
  const auto before = Store::open(made.small, Store::Mode::read).pmd(2);
  for (std::size_t byte = 0; byte < std::filesystem::file_size(made.small); byte += 509) {
    INFO("byte " << byte);
    damage::flip(made.small, byte);
    const bool in_chunk = byte >= offset && byte < offset + bytes;
    try {
      const auto opened = Store::open(made.small, Store::Mode::read);
      if (in_chunk && opened.pmd(2) != before) CHECK_FALSE(opened.payload_intact(2));
    } catch (const Error&) {
      SUCCEED();
    }
    damage::flip(made.small, byte);
  }
  SECTION("scales that cannot be") {
    {
      const hdf5::Handle file(H5Fopen(made.small.c_str(), H5F_ACC_RDWR, H5P_DEFAULT), H5Fclose);
      const hdf5::Handle scale(H5Dopen2(file.get(), "/compact/scale", H5P_DEFAULT), H5Dclose);
      const std::vector<double> values(7, -1.0);
      H5Dwrite(scale.get(), H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
    }
    damage::vouch(made.small, {"/pmd"});
    const auto opened = Store::open(made.small, Store::Mode::read);
    CHECK_THROWS_WITH(opened.pmd(0), Contains("run 0") && Contains("damaged"));
  }
}
