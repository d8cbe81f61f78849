// Stores that are not what they should be.

#include <cstring>
#include <filesystem>

#include <catch2/catch.hpp>
#include <hdf5.h>

#include "libpmd/base/error.hpp"
#include "libpmd/store/hdf5_handle.hpp"
#include "libpmd/store/store.hpp"
#include "tests/libpmd/store/damage.hpp"
#include "tests/libpmd/store/sample_store.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace bondscope;

using bondscope::RunState;
using bondscope::Store;
using bondscope::hdf5::Handle;
using namespace damage;

namespace {

struct Filled {
  TemporaryFolder folder;
  std::filesystem::path file = folder / "s.h5";
  Filled() {
    Store::create(file, sample::description());
    auto store = Store::open(file, Store::Mode::write);
    for (std::size_t run = 0; run < 3; ++run)
      store.write(run, sample::slab(run), sample::diagnostics(run), 1);
    store.write_failure(3, 2, FailureKind::start_state, "no start state");
  }
};

constexpr std::size_t slab_bytes = 12 * sizeof(float);
constexpr std::size_t record_bytes = 32;

}  // namespace

TEST_CASE_METHOD(Filled, "a flipped byte in a momentum distribution is found in its run only") {
  flip(file, offset_of(file, "/pmd") + slab_bytes + 17);
  const auto store = Store::open(file, Store::Mode::read);
  CHECK(store.payload_intact(0));
  CHECK_FALSE(store.payload_intact(1));
  CHECK(store.payload_intact(2));
}

TEST_CASE_METHOD(Filled, "a flipped byte in the diagnostics is found") {
  for (std::size_t i = 0; i < diagnostics_fields.size(); ++i) {
    INFO(diagnostics_fields[i].name);
    const auto position =
        offset_of(file, "/diagnostics") + (2 * diagnostics_fields.size() + i) * sizeof(double) + 5;
    flip(file, position);
    CHECK_FALSE(Store::open(file, Store::Mode::read).payload_intact(2));
    flip(file, position);
    CHECK(Store::open(file, Store::Mode::read).payload_intact(2));
  }
}

TEST_CASE_METHOD(Filled, "a flipped byte in parameters or axes is found at opening") {
  for (const char* dataset :
       {"/parameters/run", "/parameters/R", "/parameters/intensity_w_cm2", "/parameters/cep",
        "/parameters/angle", "/parameters/molecule", "/axes/kx", "/axes/ky"}) {
    INFO(dataset);
    const auto position = offset_of(file, dataset) + 1;
    flip(file, position);
    CHECK_THROWS_WITH(Store::open(file, Store::Mode::read), Catch::Contains("do not match their checksum"));
    flip(file, position);
  }
}

TEST_CASE_METHOD(Filled, "a damaged commit record counts as pending, wherever the damage is") {
  for (const std::size_t run : {1, 3}) {
    const auto begin = offset_of(file, "/commit") + run * record_bytes;
    for (std::size_t byte = 0; byte < record_bytes; ++byte) {
      flip(file, begin + byte);
      const auto store = Store::open(file, Store::Mode::read);
      CHECK(store.commit(run).state == RunState::pending);
      CHECK_FALSE(store.commit(run).intact);
      CHECK(store.failure_reason(run).empty());
      flip(file, begin + byte);
    }
  }
  CHECK(Store::open(file, Store::Mode::read).runs_in(RunState::done) == std::vector<std::size_t>{0, 1, 2});
}

TEST_CASE_METHOD(Filled, "a damaged reason of a failure is not believed, the failure is") {
  const auto begin = offset_of(file, "/failure_reason") + 3 * reason_bytes;
  for (std::size_t byte = 0; byte < reason_bytes; ++byte) {
    flip(file, begin + byte);
    const auto store = Store::open(file, Store::Mode::read);
    CHECK(store.failure_reason(3).empty());
    CHECK_FALSE(store.reason_intact(3));
    CHECK(store.commit(3).failure == FailureKind::start_state);
    flip(file, begin + byte);
  }
  CHECK(Store::open(file, Store::Mode::read).failure_reason(3) == "no start state");
}

TEST_CASE_METHOD(Filled, "a commit record counts only in its own row") {
  auto bytes = read_all(file);
  const auto begin = offset_of(file, "/commit");
  bytes.replace(begin + 4 * record_bytes, record_bytes, bytes.substr(begin, record_bytes));
  write_all(file, bytes);
  CHECK(Store::open(file, Store::Mode::read).commit(4).state == RunState::pending);
}

TEST_CASE_METHOD(Filled, "a commit record counts only in its own store") {
  const auto other = folder / "other.h5";
  auto description = sample::description();
  description.created = "tomorrow, with the same lengths";
  Store::create(other, description);
  auto bytes = read_all(other);
  bytes.replace(offset_of(other, "/commit"), record_bytes,
                read_all(file).substr(offset_of(file, "/commit"), record_bytes));
  write_all(other, bytes);
  CHECK(Store::open(other, Store::Mode::read).commit(0).state == RunState::pending);
}

TEST_CASE_METHOD(Filled, "a truncated store is refused, wherever it was cut") {
  const auto bytes = read_all(file);
  for (std::size_t length = 0; length < bytes.size(); length += 97) {
    INFO(length << " of " << bytes.size() << " bytes");
    write_all(file, bytes.substr(0, length));
    CHECK_THROWS_AS(Store::open(file, Store::Mode::read), DataError);
  }
  write_all(file, bytes.substr(0, bytes.size() - 1));
  CHECK_THROWS_WITH(Store::open(file, Store::Mode::read), Catch::Contains("truncated"));
  CHECK_THROWS_WITH(Store::open(file, Store::Mode::write), Catch::Contains("truncated"));
}

TEST_CASE("what is no store is refused and named") {
  const TemporaryFolder folder;
  const auto file = folder / "s.h5";
  CHECK_THROWS_WITH(Store::open(file, Store::Mode::read), Catch::Contains("no such file"));
  CHECK_THROWS_WITH(Store::open(folder.path(), Store::Mode::read), Catch::Contains("not a regular file"));
  write_all(file, "name: value\n");
  CHECK_THROWS_WITH(Store::open(file, Store::Mode::read), Catch::Contains("not an HDF5 file"));
  write_all(file, "");
  CHECK_THROWS_WITH(Store::open(file, Store::Mode::read), Catch::Contains("not an HDF5 file"));
  { const Handle foreign(H5Fcreate(file.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT), H5Fclose); }
  CHECK_THROWS_WITH(Store::open(file, Store::Mode::read), Catch::Contains("not a store"));
}

TEST_CASE_METHOD(Filled, "a store of another version is refused") {
  const auto of_version = [&](std::uint64_t version) {
    const Handle opened(H5Fopen(file.c_str(), H5F_ACC_RDWR, H5P_DEFAULT), H5Fclose);
    H5Adelete(opened.get(), "format_version");
    hdf5::write_attribute(opened.get(), "format_version", version);
  };
  of_version(3);
  CHECK_THROWS_WITH(Store::open(file, Store::Mode::read),
                    Catch::Contains("format version 3; this program reads version 2"));
  of_version(1);
  CHECK_THROWS_WITH(Store::open(file, Store::Mode::read),
                    Catch::Contains("format version 1; this program reads version 2 only: read it with"));
}

TEST_CASE_METHOD(Filled, "datasets that are missing or of another shape or type are refused") {
  const auto replace = [&](const char* path, hid_t type, std::vector<hsize_t> shape, bool chunked) {
    const Handle opened(H5Fopen(file.c_str(), H5F_ACC_RDWR, H5P_DEFAULT), H5Fclose);
    H5Ldelete(opened.get(), path, H5P_DEFAULT);
    if (shape.empty()) return;
    const Handle creation(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
    if (chunked) H5Pset_chunk(creation.get(), static_cast<int>(shape.size()), shape.data());
    H5Pset_alloc_time(creation.get(), H5D_ALLOC_TIME_EARLY);
    const Handle space(H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr), H5Sclose);
    const Handle made(
        H5Dcreate2(opened.get(), path, type, space.get(), H5P_DEFAULT, creation.get(), H5P_DEFAULT),
        H5Dclose);
    REQUIRE(made);
  };
  SECTION("no pmd") {
    replace("/pmd", H5T_IEEE_F32LE, {}, false);
  }
  SECTION("pmd of another rank") {
    replace("/pmd", H5T_IEEE_F32LE, {5, 12}, false);
  }
  SECTION("pmd too small") {
    replace("/pmd", H5T_IEEE_F32LE, {5, 4, 2}, false);
  }
  SECTION("pmd in double precision") {
    replace("/pmd", H5T_IEEE_F64LE, {5, 4, 3}, false);
  }
  SECTION("pmd in chunks") {
    replace("/pmd", H5T_IEEE_F32LE, {5, 4, 3}, true);
  }
  SECTION("no commit records") {
    replace("/commit", H5T_IEEE_F32LE, {}, false);
  }
  SECTION("commit records of another type") {
    replace("/commit", H5T_STD_U64LE, {5}, false);
  }
  SECTION("no reasons") {
    replace("/failure_reason", H5T_IEEE_F32LE, {}, false);
  }
  SECTION("reasons of another length") {
    const Handle text(H5Tcopy(H5T_C_S1), H5Tclose);
    H5Tset_size(text.get(), 239);
    replace("/failure_reason", text.get(), {5}, false);
  }
  SECTION("begun of another type") {
    replace("/begun", H5T_STD_U64LE, {5}, false);
  }
  SECTION("no run numbers") {
    replace("/parameters/run", H5T_STD_U64LE, {}, false);
  }
  SECTION("run numbers of another length") {
    replace("/parameters/run", H5T_STD_U64LE, {4}, false);
  }
  SECTION("no R") {
    replace("/parameters/R", H5T_IEEE_F64LE, {}, false);
  }
  SECTION("R of another length") {
    replace("/parameters/R", H5T_IEEE_F64LE, {4}, false);
  }
  SECTION("molecule a number") {
    replace("/parameters/molecule", H5T_IEEE_F64LE, {5}, false);
  }
  SECTION("an axis of another rank") {
    replace("/axes/kx", H5T_IEEE_F64LE, {4, 1}, false);
  }
  SECTION("no diagnostics") {
    replace("/diagnostics", H5T_IEEE_F64LE, {}, false);
  }
  SECTION("diagnostics of another type") {
    replace("/diagnostics", H5T_IEEE_F64LE, {5}, false);
  }
  CHECK_THROWS_AS(Store::open(file, Store::Mode::read), DataError);
}

TEST_CASE_METHOD(Filled, "HDF5 prints nothing of its own and its handler is as it was") {
  H5E_auto2_t before = nullptr, after = nullptr;
  void *data_before = nullptr, *data_after = nullptr;
  H5Eget_auto2(H5E_DEFAULT, &before, &data_before);
  write_all(file, "rubbish");
  CHECK_THROWS(Store::open(file, Store::Mode::read));
  H5Eget_auto2(H5E_DEFAULT, &after, &data_after);
  CHECK(before == after);
  CHECK(data_before == data_after);
}
