#include <algorithm>
#include <filesystem>
#include <random>

#include <catch2/catch.hpp>

#include "libpmd/base/error.hpp"
#include "libpmd/store/file_access.hpp"
#include "libpmd/store/hdf5_reader.hpp"
#include "libpmd/store/hdf5_writer.hpp"
#include "libpmd/store/user_block.hpp"
#include "tests/libpmd/store/damage.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace bondscope;
using hdf5::NewFile;

namespace {

constexpr std::size_t rows = 6, columns = 50;
const std::string text = "φ: a text\nof two lines";

/// A file with a skeleton and data of one dataset.
void make(const std::filesystem::path& file, NewFile::Kind kind) {
  NewFile made(file, kind, rows);
  {
    hdf5::SkeletonWriter writer(made.file(), made.name());
    std::vector<double> axis(columns);
    for (std::size_t i = 0; i < columns; ++i)
      axis[i] = static_cast<double>(i);
    writer.dataset("/x", H5T_IEEE_F64LE, {columns}, "a.u.", "an axis", H5T_NATIVE_DOUBLE, axis.data());
    writer.scale("/x", "x");
    writer.group("/provenance", "texts");
    writer.text("/provenance/text", "what one reads", text);
    writer.text("/provenance/nothing", "left out", "");
    writer.attribute("format", std::string("test"));
    if (kind == NewFile::Kind::live)
      writer.dataset("/values", H5T_IEEE_F64LE, {rows, columns}, "1", "data");
    else
      writer.rows_in_chunks("/values", H5T_IEEE_F64LE, {rows, columns}, "1", "data", 4);
    writer.attach("/values", {"/x"});
    const hdf5::Handle values(H5Dopen2(made.file(), "/values", H5P_DEFAULT), H5Dclose);
    for (std::size_t row = 0; row < rows; ++row)
      REQUIRE(hdf5::write_rows(values.get(), H5T_NATIVE_DOUBLE, row, 1, axis.data()));
  }
  made.put_in_place({"/values"});
}

}  // namespace

TEST_CASE("a user block vouches for every byte but the data") {
  const auto kind = GENERATE(NewFile::Kind::live, NewFile::Kind::sealed);
  const TemporaryFolder folder;
  const auto file = folder / "f.h5";
  make(file, kind);
  REQUIRE(has_user_block(file));
  REQUIRE_NOTHROW(check_user_block(file));
  std::vector<ByteRange> data;
  {
    const auto opened = hdf5::open_file(file);
    const hdf5::CheckedReader reader(opened.get(), file, std::filesystem::file_size(file));
    CHECK(reader.text_dataset("/provenance/text") == text);
    CHECK(reader.text_dataset("/provenance/nothing").empty());
    CHECK(reader.text("format") == "test");
    const hdf5::Handle values(H5Dopen2(opened.get(), "/values", H5P_DEFAULT), H5Dclose);
    data = hdf5::ranges_of(values.get());
    CHECK(data.size() == (kind == NewFile::Kind::live ? 1 : rows));
  }
  // The superblock's, see user_block.hpp.
  if (kind == NewFile::Kind::live) data.insert(data.end(), {{4096 + 11, 1}, {4096 + 44, 4}});
  const auto is_data = [&](std::size_t at) {
    return std::ranges::any_of(data, [&](const auto& range) { return at - range.begin < range.bytes; });
  };
  const auto bytes = std::filesystem::file_size(file);
  std::size_t hurt = 0;
  for (std::size_t at = 0; at < bytes; at += at < 4300 ? 1 : 7) {
    damage::flip(file, at);
    CAPTURE(at);
    if (at < 16) {
      CHECK_FALSE(has_user_block(file));
    } else if (is_data(at)) {
      CHECK_NOTHROW(check_user_block(file));
      ++hurt;
    } else {
      CHECK_THROWS_AS(check_user_block(file), DataError);
    }
    damage::flip(file, at);
  }
  CHECK(hurt > 20);
  CHECK_NOTHROW(check_user_block(file));
}

TEST_CASE("a file that is open for writing is as good as before, and so is one whose writer was killed") {
  const hdf5::Quiet quiet;
  const TemporaryFolder folder;
  const auto file = folder / "f.h5", copy = folder / "copy.h5";
  make(file, NewFile::Kind::live);
  const auto before = damage::read_all(file);
  {
    const auto opened = hdf5::open_file(file, true);
    CHECK_NOTHROW(hdf5::open_file(file));
    std::filesystem::copy_file(file, copy);
  }
  CHECK(damage::read_all(file) == before);
  CHECK(damage::read_all(copy) != before);
  CHECK_NOTHROW(hdf5::open_file(copy));
  CHECK_NOTHROW(hdf5::open_file(copy, true));
  for (const std::size_t at : {11, 44, 47}) {
    damage::flip(file, 4096 + at);
    CHECK_THROWS_WITH(hdf5::open_file(file), Catch::Contains("f.h5"));
    damage::flip(file, 4096 + at);
  }
}

TEST_CASE("a file of another length is refused") {
  const TemporaryFolder folder;
  const auto file = folder / "f.h5";
  make(file, NewFile::Kind::live);
  const auto bytes = damage::read_all(file);
  for (const std::size_t length : {16ul, 4095ul, 4096ul, bytes.size() - 1}) {
    damage::write_all(file, bytes.substr(0, length));
    CHECK_THROWS_WITH(hdf5::open_file(file), Catch::Contains("f.h5") && Catch::Contains("truncated"));
  }
  damage::write_all(file, bytes + "x");
  CHECK_THROWS_WITH(hdf5::open_file(file), Catch::Contains("its length changed"));
}

TEST_CASE("a user block has room for its ranges, and takes no others") {
  CHECK(user_block_bytes(1) == 4096);
  CHECK(user_block_bytes(253) == 4096);
  CHECK(user_block_bytes(254) == 8192);
  CHECK(user_block_bytes(100'000) == 1 << 21);
  const TemporaryFolder folder;
  const auto file = folder / "f.h5";
  make(file, NewFile::Kind::live);
  const auto bytes = std::filesystem::file_size(file);
  CHECK_THROWS_AS(write_user_block(file, {{4096, 10}, {4100, 10}}), DataError);
  CHECK_THROWS_AS(write_user_block(file, {{4000, 10}}), DataError);
  CHECK_THROWS_AS(write_user_block(file, {{bytes - 1, 2}}), DataError);
  CHECK_NOTHROW(write_user_block(file, {{4106, 10}, {4096, 10}}));
  CHECK_NOTHROW(check_user_block(file));
}

TEST_CASE("chunks of several datasets are found together, in whatever order they were written") {
  const bool in_order = GENERATE(true, false);
  const TemporaryFolder folder;
  const auto file = folder / "f.h5";
  constexpr std::size_t many = 300, length = 40;
  NewFile made(file, NewFile::Kind::sealed, 3 * many);
  const std::vector<std::string> paths{"/a", "/b", "/c"};
  {
    hdf5::SkeletonWriter writer(made.file(), made.name());
    for (const auto& path : paths)
      writer.rows_in_chunks(path.c_str(), H5T_IEEE_F64LE, {many, length}, "1", "data", path == "/b" ? 0 : 4);
    std::mt19937_64 random(1);
    for (std::size_t i = 0; i < many; ++i)
      for (const auto& path : paths) {
        const std::size_t row = in_order ? i : i * 7 % many;
        if (row % 50 == 3) continue;  // was never written
        std::vector<double> values(length);
        for (auto& value : values)
          value = static_cast<double>(random() % (1 + row));
        const hdf5::Handle dataset(H5Dopen2(made.file(), path.c_str(), H5P_DEFAULT), H5Dclose);
        REQUIRE(hdf5::write_rows(dataset.get(), H5T_NATIVE_DOUBLE, row, 1, values.data()));
      }
  }
  made.put_in_place(paths);
  CHECK_NOTHROW(check_user_block(file));

  const auto opened = hdf5::open_file(file);
  std::vector<hdf5::Handle> datasets;
  std::vector<ByteRange> each;
  for (const auto& path : paths) {
    datasets.emplace_back(H5Dopen2(opened.get(), path.c_str(), H5P_DEFAULT), H5Dclose);
    const auto ranges = hdf5::ranges_of(datasets.back().get());
    CHECK(ranges.size() == many - many / 50);
    each.insert(each.end(), ranges.begin(), ranges.end());
  }
  std::ranges::sort(each);
  auto found = hdf5::joined_ranges_of(datasets);
  if (in_order) CHECK(found.size() < 30);
  // The same bytes, and each once.
  std::ranges::sort(found);
  std::size_t next = 0;
  for (const auto& range : found)
    for (std::uint64_t at = range.begin; at < range.begin + range.bytes; at += each[next++].bytes)
      REQUIRE((next < each.size() && each[next].begin == at));
  CHECK(next == each.size());
}
