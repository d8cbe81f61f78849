#include <cmath>

#include <catch2/catch.hpp>
#include <hdf5.h>

#include "libpmd/base/error.hpp"
#include "libpmd/store/export.hpp"
#include "libpmd/store/hdf5_handle.hpp"
#include "libpmd/store/history.hpp"
#include "libpmd/store/store.hpp"
#include "tests/libpmd/store/damage.hpp"
#include "tests/libpmd/store/sample_store.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace bondscope;

using bondscope::export_sealed;
using bondscope::RunState;
using bondscope::Store;
using bondscope::hdf5::Handle;
using Catch::Contains;
using Numbers = std::vector<std::uint64_t>;

namespace {

constexpr std::size_t side = 64;

std::vector<float> smooth(std::size_t run) {
  std::vector<float> values(side * side);
  for (std::size_t j = 0; j < values.size(); ++j)
    values[j] = std::round(100 * (1 + std::sin(1e-3f * static_cast<float>(j * (run + 1)))));
  return values;
}

/// Runs 0, 1, 3 and 4 of six done, 2 failed, 5 pending.
struct Exported : TemporaryFolder {
  std::filesystem::path live = *this / "live.h5", out = *this / "sealed.h5";

  Exported() {
    auto d = sample::description(6);
    d.kx.clear();
    for (std::size_t j = 0; j < side; ++j)
      d.kx.push_back(static_cast<double>(j));
    d.ky = d.kx;
    d.numbers = {0, 2, 4, 6, 8, 10};
    d.part = "1/2";
    Store::create(live, d);
    auto store = Store::open(live, Store::Mode::write);
    for (const std::size_t run : {0, 1, 3, 4})
      store.write(run, smooth(run), sample::diagnostics(run), 2);
    store.write_failure(2, 3, FailureKind::time_limit, "too long");
  }

  /// Replaces /pmd of the sealed copy by something else of that name.
  void replace_pmd(const std::vector<hsize_t>& shape, const std::vector<hsize_t>& chunk,
                   const std::function<void(hid_t)>& filters) const {
    Handle file(H5Fopen(out.c_str(), H5F_ACC_RDWR, H5P_DEFAULT), H5Fclose);
    REQUIRE(H5Ldelete(file.get(), "/pmd", H5P_DEFAULT) >= 0);
    const Handle creation(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
    if (!chunk.empty()) H5Pset_chunk(creation.get(), static_cast<int>(chunk.size()), chunk.data());
    filters(creation.get());
    H5Pset_alloc_time(creation.get(), H5D_ALLOC_TIME_EARLY);
    const Handle space(H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr), H5Sclose);
    REQUIRE(H5Dclose(H5Dcreate2(file.get(), "/pmd", H5T_IEEE_F32LE, space.get(), H5P_DEFAULT, creation.get(),
                                H5P_DEFAULT)) >= 0);
    file.reset();
    damage::vouch(out);
  }
};

}  // namespace

TEST_CASE_METHOD(Exported, "a sealed copy has the done runs, with their numbers and provenance") {
  const auto report = export_sealed(live, out);
  CHECK(report.runs == 4);
  CHECK(report.done == 4);
  const auto from = Store::open(live, Store::Mode::read), store = Store::open(out, Store::Mode::read);
  CHECK(store.sealed());
  CHECK_FALSE(from.sealed());
  CHECK(store.description().numbers == Numbers{0, 2, 6, 8});
  CHECK(store.description().part == "1/2");
  CHECK(store.description().machine == from.description().machine);
  CHECK(store.description().configuration == from.description().configuration);
  const std::vector<std::size_t> rows{0, 1, 3, 4};
  for (std::size_t i = 0; i < rows.size(); ++i) {
    CHECK(store.pmd(i) == smooth(rows[i]));
    CHECK(store.diagnostics(i) == sample::diagnostics(rows[i]));
    CHECK(store.commit(i).attempt == 2);
    CHECK(store.commit(i).payload_checksum == from.commit(rows[i]).payload_checksum);
    CHECK(store.payload_intact(i));
  }
  const auto before = ancestors(store.description().history);
  REQUIRE(before.size() == 1);
  CHECK(before[0].file == "live.h5");
  CHECK(before[0].runs_done == 4);
  CHECK(names() == std::vector<std::string>{"live.h5", "sealed.h5"});
}

TEST_CASE_METHOD(Exported, "every level gives the same values, and compression makes the file small") {
  std::vector<std::uintmax_t> sizes;
  for (int level = 0; level <= 9; ++level) {
    ExportSettings settings;
    settings.level = level;
    const auto file = *this / std::to_string(level);
    export_sealed(live, file, settings);
    CHECK(Store::open(file, Store::Mode::read).pmd(2) == smooth(3));
    sizes.push_back(std::filesystem::file_size(file));
  }
  CHECK(sizes[0] > 4 * side * side * sizeof(float));
  CHECK(sizes[4] < sizes[0] / 2);
  ExportSettings settings;
  settings.level = 10;
  CHECK_THROWS_AS(export_sealed(live, out, settings), ConfigError);
}

TEST_CASE_METHOD(Exported, "all runs on request, pending and failed ones without data") {
  ExportSettings settings;
  settings.all = true;
  CHECK(export_sealed(live, out, settings).runs == 6);
  const auto store = Store::open(out, Store::Mode::read);
  CHECK(store.description().numbers == Numbers{0, 2, 4, 6, 8, 10});
  CHECK(store.commit(2).state == RunState::failed);
  CHECK(store.failure_reason(2) == "too long");
  CHECK(store.commit(5).state == RunState::pending);
  CHECK(store.payload_intact(4));
}

TEST_CASE_METHOD(Exported, "damaged runs stop the export or are left out") {
  damage::flip(live, damage::offset_of(live, "/pmd") + 3 * side * side * sizeof(float) + 100);
  CHECK_THROWS_WITH(export_sealed(live, out), Contains("run 6 is damaged") && Contains("--skip-damaged"));
  CHECK(names() == std::vector<std::string>{"live.h5"});
  ExportSettings settings;
  settings.skip_damaged = true;
  const auto report = export_sealed(live, out, settings);
  CHECK(report.damaged == Numbers{6});
  CHECK(Store::open(out, Store::Mode::read).description().numbers == Numbers{0, 2, 8});
}

TEST_CASE_METHOD(Exported, "a sealed store cannot be written to, and says what to do") {
  export_sealed(live, out);
  CHECK_THROWS_WITH(Store::open(out, Store::Mode::write), Contains("sealed") && Contains("pmd_store merge"));
  CHECK_THROWS_AS(Store::open(out, Store::Mode::write), FileError);
}

TEST_CASE_METHOD(Exported, "an export never overwrites and needs done runs") {
  CHECK_THROWS_WITH(export_sealed(live, live), Contains("exists already"));
  Store::create(*this / "empty.h5", sample::description());
  CHECK_THROWS_WITH(export_sealed(*this / "empty.h5", out), Contains("no run is done"));
  CHECK_THROWS_AS(export_sealed(live, out, {}, [](std::size_t done, std::size_t) { return done < 2; }),
                  Interrupted);
  CHECK(names() == std::vector<std::string>{"empty.h5", "live.h5"});
}

TEST_CASE_METHOD(Exported, "a changed record of a sealed store is found at opening") {
  export_sealed(live, out);
  const auto begin = damage::offset_of(out, "/runs/record");
  for (std::size_t byte = 0; byte < 4 * 512; byte += 5) {
    damage::flip(out, begin + byte);
    CHECK_THROWS_WITH(Store::open(out, Store::Mode::read), Contains("skeleton") && Contains("checksum"));
    damage::flip(out, begin + byte);
  }
  CHECK_NOTHROW(Store::open(out, Store::Mode::read));
}

TEST_CASE_METHOD(Exported, "chunks are not taken for a live store's, nor for another kind's") {
  export_sealed(live, out);
  const auto becomes = [&](const std::string& kind) {
    {
      const Handle file(H5Fopen(out.c_str(), H5F_ACC_RDWR, H5P_DEFAULT), H5Fclose);
      H5Adelete(file.get(), "kind");
      hdf5::write_attribute(file.get(), "kind", kind);
    }
    damage::vouch(out);
  };
  becomes("live");
  CHECK_THROWS_WITH(Store::open(out, Store::Mode::read), Contains("/pmd is not contiguous"));
  becomes("new");
  CHECK_THROWS_WITH(Store::open(out, Store::Mode::read), Contains("'new' is none that this program reads"));
}

TEST_CASE_METHOD(Exported, "other layouts than an export's are refused") {
  export_sealed(live, out);
  const std::vector<hsize_t> shape{4, side, side}, row{1, side, side};
  const auto nothing = [](hid_t) {};
  SECTION("contiguous") {
    replace_pmd(shape, {}, nothing);
    CHECK_THROWS_WITH(Store::open(out, Store::Mode::read), Contains("one chunk for each run"));
  }
  SECTION("two runs in a chunk") {
    replace_pmd(shape, {2, side, side}, nothing);
    CHECK_THROWS_WITH(Store::open(out, Store::Mode::read), Contains("one chunk for each run"));
  }
  SECTION("another shape") {
    replace_pmd({5, side, side}, row, nothing);
    CHECK_THROWS_WITH(Store::open(out, Store::Mode::read), Contains("do not fit"));
  }
  SECTION("another rank") {
    replace_pmd({4, side * side}, {1, side * side}, nothing);
    CHECK_THROWS_WITH(Store::open(out, Store::Mode::read), Contains("does not have 3 dimension"));
  }
  SECTION("another filter") {
    replace_pmd(shape, row, [](hid_t creation) { H5Pset_fletcher32(creation); });
    CHECK_THROWS_WITH(Store::open(out, Store::Mode::read), Contains("other filters"));
  }
  SECTION("deflated twice") {
    replace_pmd(shape, row, [](hid_t creation) {
      H5Pset_deflate(creation, 4);
      H5Pset_deflate(creation, 4);
    });
    CHECK_THROWS_WITH(Store::open(out, Store::Mode::read), Contains("other filters"));
  }
}

TEST_CASE_METHOD(Exported, "a chunk that would unfold without end is not read") {
  export_sealed(live, out);
  {
    const Handle file(H5Fopen(out.c_str(), H5F_ACC_RDWR, H5P_DEFAULT), H5Fclose);
    const Handle pmd(H5Dopen2(file.get(), "/pmd", H5P_DEFAULT), H5Dclose);
    const std::vector<hsize_t> start{1, 0, 0};
    const std::string bomb(2 * side * side * sizeof(float), '\1');
    REQUIRE(H5Dwrite_chunk(pmd.get(), H5P_DEFAULT, 0, start.data(), bomb.size(), bomb.data()) >= 0);
  }
  damage::vouch(out);
  const auto store = Store::open(out, Store::Mode::read);
  CHECK(store.payload_intact(0));
  CHECK_THROWS_WITH(store.pmd(1), Contains("the chunk of run 1"));
}

TEST_CASE_METHOD(Exported, "damage in a compressed chunk is found in its run") {
  export_sealed(live, out);
  ByteRange chunk;
  {
    const Handle file(H5Fopen(out.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose);
    const Handle pmd(H5Dopen2(file.get(), "/pmd", H5P_DEFAULT), H5Dclose);
    chunk = hdf5::ranges_of(pmd.get()).at(2);
  }
  const auto [address, size] = chunk;
  std::size_t harmless = 0;
  for (std::size_t byte = 0; byte < size; ++byte) {
    damage::flip(out, address + byte);
    const auto store = Store::open(out, Store::Mode::read);
    bool sound = false;
    try {
      sound = store.payload_intact(2);
    } catch (const DataError&) {
    }
    // A compressed stream has a few bits that do not matter.
    if (sound) {
      ++harmless;
      CHECK(store.pmd(2) == smooth(3));
    }
    CHECK(store.payload_intact(1));
    damage::flip(out, address + byte);
  }
  INFO(size << " bytes");
  CHECK(harmless <= 2 + size / 50);
}

TEST_CASE_METHOD(Exported, "a truncated sealed store is refused") {
  export_sealed(live, out);
  const auto bytes = damage::read_all(out);
  for (const auto length : {bytes.size() - 1, bytes.size() / 2, std::size_t{3000}, std::size_t{0}}) {
    damage::write_all(out, bytes.substr(0, length));
    CHECK_THROWS_AS(Store::open(out, Store::Mode::read), DataError);
  }
}

TEST_CASE_METHOD(Exported, "datasets that lead to another file are refused") {
  {
    const Handle file(H5Fopen(live.c_str(), H5F_ACC_RDWR, H5P_DEFAULT), H5Fclose);
    H5Ldelete(file.get(), "/kx", H5P_DEFAULT);
    REQUIRE(H5Lcreate_external("other.h5", "/kx", file.get(), "/kx", H5P_DEFAULT, H5P_DEFAULT) >= 0);
  }
  damage::vouch(live);
  auto d = sample::description(6);
  Store::create(*this / "other.h5", d);
  CHECK_THROWS_WITH(Store::open(live, Store::Mode::read), Contains("/kx is not in this file"));
}
