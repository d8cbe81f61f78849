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
constexpr std::size_t record_bytes = 512;  // the rest of a record's page says nothing

}  // namespace

TEST_CASE_METHOD(Filled, "a flipped byte in a momentum distribution is found in its run only") {
  flip(file, offset_of(file, "/pmd") + slab_bytes + 17);
  const auto store = Store::open(file, Store::Mode::read);
  CHECK(store.payload_intact(0));
  CHECK_FALSE(store.payload_intact(1));
  CHECK(store.payload_intact(2));
}

TEST_CASE_METHOD(Filled, "a flipped byte in parameters, axes or texts is found at opening") {
  for (const char* dataset :
       {"/run", "/parameters/R", "/parameters/intensity_w_cm2", "/parameters/cep", "/parameters/angle",
        "/parameters/molecule", "/kx", "/ky", "/provenance/configuration", "/provenance/machine"}) {
    INFO(dataset);
    const auto position = offset_of(file, dataset) + 1;
    flip(file, position);
    CHECK_THROWS_WITH(
        Store::open(file, Store::Mode::read),
        Catch::Contains("s.h5: damaged: its skeleton") && Catch::Contains("does not match its checksum"));
    // The description has a checksum of its own.
    vouch(file);
    CHECK_THROWS_WITH(Store::open(file, Store::Mode::read), Catch::Contains("do not match their checksum"));
    flip(file, position);
    vouch(file);
  }
}

TEST_CASE_METHOD(Filled, "a damaged record counts as pending, wherever the damage is") {
  for (const std::size_t run : {1, 3}) {
    const auto begin = record_of(file, run);
    for (std::size_t byte = 0; byte < record_bytes; ++byte) {
      flip(file, begin + byte);
      const auto store = Store::open(file, Store::Mode::read);
      const auto record = store.record(run);
      CHECK(record.commit.state == RunState::pending);
      CHECK_FALSE(record.commit.intact);
      CHECK(record.reason.empty());
      CHECK_FALSE(record.reason_intact);
      CHECK(record.diagnostics == Diagnostics());
      CHECK(record.begun == 0);
      flip(file, begin + byte);
    }
  }
  const auto store = Store::open(file, Store::Mode::read);
  CHECK(store.runs_in(RunState::done) == std::vector<std::size_t>{0, 1, 2});
  CHECK(store.failure_reason(3) == "no start state");
}

TEST_CASE_METHOD(Filled, "records have pages of their own, one after the other") {
  CHECK(offset_of(file, "/runs/record") % 4096 == 0);
  const Handle opened(H5Fopen(file.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose);
  const Handle set(H5Dopen2(opened.get(), "/runs/record", H5P_DEFAULT), H5Dclose);
  CHECK(H5Dget_storage_size(set.get()) == 5 * 4096);
}

TEST_CASE_METHOD(Filled, "a record counts only in its own row") {
  auto bytes = read_all(file);
  bytes.replace(record_of(file, 4), record_bytes, bytes.substr(record_of(file, 0), record_bytes));
  write_all(file, bytes);
  CHECK(Store::open(file, Store::Mode::read).commit(4).state == RunState::pending);
}

TEST_CASE_METHOD(Filled, "a record counts only in its own store") {
  const auto other = folder / "other.h5";
  auto description = sample::description();
  description.created = "tomorrow, with the same lengths";
  Store::create(other, description);
  auto bytes = read_all(other);
  bytes.replace(record_of(other, 0), record_bytes, read_all(file).substr(record_of(file, 0), record_bytes));
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
  for (const std::uint64_t version : {1, 4}) {
    of_version(version);
    vouch(file);
    CHECK_THROWS_WITH(Store::open(file, Store::Mode::read),
                      Catch::Contains("format version " + std::to_string(version) +
                                      "; this program reads versions 2 and 3"));
  }
  of_version(2);
  vouch(file);
  CHECK_THROWS_WITH(Store::open(file, Store::Mode::read), Catch::Contains("format 2 has no user block"));
  of_version(3);
  vouch(file);
  CHECK_NOTHROW(Store::open(file, Store::Mode::read));
  flip(file, 3);
  CHECK_THROWS_WITH(Store::open(file, Store::Mode::read), Catch::Contains("its user block is missing"));
}

TEST_CASE_METHOD(Filled, "texts of variable length are refused, whatever checksums say") {
  {
    const Handle opened(H5Fopen(file.c_str(), H5F_ACC_RDWR, H5P_DEFAULT), H5Fclose);
    H5Adelete(opened.get(), "format");
    const Handle type = hdf5::text_type(H5T_VARIABLE), space(H5Screate(H5S_SCALAR), H5Sclose);
    const Handle attribute(
        H5Acreate2(opened.get(), "format", type.get(), space.get(), H5P_DEFAULT, H5P_DEFAULT), H5Aclose);
    const char* text = "tdse-pmd-store";
    REQUIRE(H5Awrite(attribute.get(), type.get(), &text) >= 0);
  }
  vouch(file);
  CHECK_THROWS_WITH(Store::open(file, Store::Mode::read), Catch::Contains("no attribute format"));
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
  SECTION("no records") {
    replace("/runs/record", H5T_IEEE_F32LE, {}, false);
  }
  SECTION("records of another type") {
    replace("/runs/record", H5T_STD_U64LE, {5}, false);
  }
  SECTION("no run numbers") {
    replace("/run", H5T_STD_U64LE, {}, false);
  }
  SECTION("run numbers of another length") {
    replace("/run", H5T_STD_U64LE, {4}, false);
  }
  SECTION("a text of another type") {
    replace("/provenance/machine", H5T_STD_U64LE, {4}, false);
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
    replace("/kx", H5T_IEEE_F64LE, {4, 1}, false);
  }
  vouch(file);
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
