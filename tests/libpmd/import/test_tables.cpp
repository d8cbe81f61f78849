// Files of other programs, whole and broken.

#include <cmath>
#include <random>

#include <catch2/catch.hpp>

#include "libpmd/base/error.hpp"
#include "tests/libpmd/import/write_tables.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace bondscope;
using namespace bondscope::testing;
using Catch::Matchers::Contains;

namespace {

/// Whole numbers up to `largest`, none like its mirror images.
Table sample(double largest = 255, std::size_t rows = 19, std::size_t columns = 13) {
  Table table{rows, columns, {}};
  for (std::size_t i = 0; i < rows * columns; ++i)
    table.values.push_back(std::floor(largest * static_cast<double>(i * i % 101) / 100));
  return table;
}

void expect_equal(const Table& read, const Table& written) {
  CHECK(read.rows == written.rows);
  CHECK(read.columns == written.columns);
  CHECK(read.values == written.values);
}

/// Reads these bytes.
Table read(const TemporaryFolder& folder, const std::string& bytes) {
  write_bytes(folder / "file", bytes);
  return read_table(folder / "file");
}

}  // namespace

TEST_CASE("NPY: types, byte orders, orders of rows") {
  const TemporaryFolder folder;
  const auto table = sample();
  expect_equal(read(folder, npy(table)), table);
  expect_equal(read(folder, npy(">f4", "(19, 13)", numbers<float>(table, true))), table);
  expect_equal(read(folder, npy(">u2", "(19, 13)", numbers<std::uint16_t>(table, true))), table);
  expect_equal(read(folder, npy("<i8", "(19,13)", numbers<std::int64_t>(table, false))), table);
  expect_equal(read(folder, npy("|u1", "(19, 13)", numbers<std::uint8_t>(table, false))), table);
  Table negative = table;
  for (auto& value : negative.values)
    value -= 100;
  expect_equal(read(folder, npy("<i2", "(19, 13)", numbers<std::int16_t>(negative, false))), negative);
  Table turned{13, 19, std::vector<double>(19 * 13)};
  for (std::size_t row = 0; row < 19; ++row)
    for (std::size_t column = 0; column < 13; ++column)
      turned.values[column * 19 + row] = table.at(row, column);
  expect_equal(read(folder, npy("<f8", "(19, 13)", numbers<double>(turned, false), true)), table);
}

TEST_CASE("text: separators, comments, a line of names") {
  const TemporaryFolder folder;
  const auto table = sample();
  for (const char* separator : {" ", "\t", ",", "; "})
    expect_equal(read(folder, text(table, separator)), table);
  const auto names = read(folder, "# kx ky\nkx,ky\n1,2\n\n% more\n 3 , -4e-1\n+5,nan");
  CHECK((names.rows == 3 && names.columns == 2));
  CHECK(std::vector(names.values.begin(), names.values.end() - 1) == std::vector<double>{1, 2, 3, -0.4, 5});
  CHECK(std::isnan(names.values.back()));
}

TEST_CASE("PNG of 8 and 16 bit") {
  const TemporaryFolder folder;
  write_png(folder / "a.png", sample(), 8);
  expect_equal(read_table(folder / "a.png"), sample());
  write_png(folder / "b.png", sample(65535), 16);
  expect_equal(read_table(folder / "b.png"), sample(65535));
}

TEST_CASE("TIFF: bits, byte orders, compressions, strips") {
  const TemporaryFolder folder;
  for (const bool big : {false, true})
    for (const unsigned compression : {1u, 8u, 32773u})
      for (const unsigned rows : {7u, 19u}) {
        CAPTURE(big, compression, rows);
        const auto eight = sample(), sixteen = sample(65535);
        expect_equal(
            read(folder, tiff(eight, numbers<std::uint8_t>(eight, big), {big, 8, 1, compression, 1, rows})),
            eight);
        expect_equal(read(folder, tiff(sixteen, numbers<std::uint16_t>(sixteen, big),
                                       {big, 16, 1, compression, 1, rows})),
                     sixteen);
        expect_equal(
            read(folder, tiff(sixteen, numbers<float>(sixteen, big), {big, 32, 3, compression, 1, rows})),
            sixteen);
      }
  const auto inverted =
      read(folder, tiff(sample(), numbers<std::uint8_t>(sample(), false), {.bits = 8, .photometric = 0}));
  for (std::size_t i = 0; i < inverted.values.size(); ++i)
    CHECK(inverted.values[i] == 255 - sample().values[i]);
}

TEST_CASE("a TIFF that was stored lying is set upright") {
  TemporaryFolder folder;
  const Table stored{2, 3, {1, 2, 3, 4, 5, 6}};
  const std::vector<Table> seen{{2, 3, {1, 2, 3, 4, 5, 6}}, {2, 3, {3, 2, 1, 6, 5, 4}},
                                {2, 3, {6, 5, 4, 3, 2, 1}}, {2, 3, {4, 5, 6, 1, 2, 3}},
                                {3, 2, {1, 4, 2, 5, 3, 6}}, {3, 2, {4, 1, 5, 2, 6, 3}},
                                {3, 2, {6, 3, 5, 2, 4, 1}}, {3, 2, {3, 6, 2, 5, 1, 4}}};
  for (unsigned orientation = 1; orientation <= 8; ++orientation) {
    INFO(orientation);
    expect_equal(read(folder, tiff(stored, numbers<std::uint8_t>(stored, false),
                                   {.bits = 8, .orientation = orientation})),
                 seen[orientation - 1]);
  }
}

TEST_CASE("TIFF of libtiff: LZW up to codes of 12 bits, with and without differences") {
  const auto value = [](std::size_t r, std::size_t c) {
    const double row = static_cast<double>(r) - 40, column = static_cast<double>(c) - 50;
    const auto noise = static_cast<std::uint32_t>(r * 7919 + c * 104729 + r * c * 31) % 97;
    return static_cast<std::uint32_t>(20000 * std::exp(-(row * row + column * column) / 400)) + noise;
  };
  const std::filesystem::path fixtures = PMD_IMPORT_FIXTURES;
  const auto sixteen = read_table(fixtures / "lzw16_big_endian.tif"),
             eight = read_table(fixtures / "lzw8_predictor.tif");
  REQUIRE((sixteen.rows == 80 && sixteen.columns == 96 && eight.rows == 80 && eight.columns == 96));
  for (std::size_t r = 0; r < 80; ++r)
    for (std::size_t c = 0; c < 96; ++c) {
      REQUIRE(sixteen.at(r, c) == value(r, c));
      REQUIRE(eight.at(r, c) == value(r, c) / 256 + (r * 31 + c * 17) % 7);
    }
}

TEST_CASE("HDF5: a dataset by its path") {
  const TemporaryFolder folder;
  write_hdf5(folder / "a.h5", "/vmi/image", sample());
  expect_equal(read_table(folder / "a.h5", "vmi/image"), sample());
  expect_equal(read_part((folder / "a.h5").string() + ":/vmi/image", ""), sample());
  expect_equal(read_part((folder / "a.h5").string(), "/vmi/image"), sample());
  CHECK_THROWS_WITH(read_table(folder / "a.h5"), Contains("a.h5") && Contains("vmi/image"));
  CHECK_THROWS_WITH(read_table(folder / "a.h5", "/vmi/imag"),
                    Contains("no dataset /vmi/imag") && Contains("vmi/image"));
  // Values elsewhere are not read, whatever file they are said to lie in.
  const hid_t out = H5Fcreate((folder / "b.h5").c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  H5Lcreate_external("a.h5", "/vmi/image", out, "stolen", H5P_DEFAULT, H5P_DEFAULT);
  const hsize_t extents[2] = {4, 4};
  const hid_t space = H5Screate_simple(2, extents, nullptr), creation = H5Pcreate(H5P_DATASET_CREATE);
  H5Pset_external(creation, "/etc/passwd", 0, 128);
  H5Dclose(H5Dcreate2(out, "secret", H5T_IEEE_F64LE, space, H5P_DEFAULT, creation, H5P_DEFAULT));
  H5Dclose(H5Dcreate2(out, "empty", H5T_IEEE_F64LE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
  H5Pclose(creation);
  H5Sclose(space);
  H5Fclose(out);
  CHECK_THROWS_WITH(read_table(folder / "b.h5", "stolen"), Contains("another file"));
  CHECK_THROWS_WITH(read_table(folder / "b.h5", "secret"), Contains("another file"));
  CHECK_THROWS_WITH(read_table(folder / "b.h5", "empty"), Contains("no values"));
}

TEST_CASE("broken and hostile files are refused with what is wrong") {
  const TemporaryFolder folder;
  const auto table = sample();
  const auto refused = [&](const std::string& bytes, const char* why) {
    INFO(why);
    CHECK_THROWS_WITH(read(folder, bytes), Contains((folder / "file").string()) && Contains(why));
  };
  refused("", "has no numbers");
  refused(std::string("\x7f\x45\x4c\x46\0\0", 6), "none of the formats");
  refused("1 2\n3\n", "line 2: 1 number; expected 2");
  refused("1 2\n3 x\n", "line 2: 'x' is not a number");
  refused(npy(table).substr(0, 9), "truncated");
  refused(npy(table).substr(0, 40), "truncated");
  refused(npy(table).substr(0, 500), "bytes behind the NPY header");
  refused(npy(table) + "x", "bytes behind the NPY header");
  refused(npy("<f8", "(19, 13, 2)", ""), "expected two dimensions");
  refused(npy("<f8", "(19,)", ""), "expected two dimensions");
  refused(npy("<f8", "(4294967296, 4294967296)", ""), "cannot be in a file");
  refused(npy("<f8", "(18446744073709551615, 2)", ""), "cannot be in a file");
  refused(npy("<f8", "(99999999999999999999999, 2)", ""), "whole numbers");
  refused(npy("<f8", "(-1, 2)", ""), "whole numbers");
  refused(npy("<f8", "(0, 13)", ""), "empty");
  refused(npy("<c16", "(1, 1)", std::string(16, '\0')), "type '<c16'");
  refused(npy("|O", "(1, 1)", std::string(8, '\0')), "type '|O'");
  write_png(folder / "a.png", table, 8);
  auto png = read_bytes(folder / "a.png");
  refused(png.substr(0, 20), "without a header");
  refused(png.substr(0, png.size() - 30), "damaged PNG");
  png[60] = static_cast<char>(png[60] ^ 1);
  refused(png, "damaged PNG");
  png = read_bytes(folder / "a.png");
  refused(png.replace(16, 8, in_order(0x7fffffff, 4, true) + in_order(0x7fffffff, 4, true)),
          "cannot be in a file");
  png = read_bytes(folder / "a.png");
  png[25] = 2;
  refused(png, "in colours");
  const auto data = numbers<std::uint16_t>(sample(65535), false);
  const auto good = tiff(sample(65535), data, {});
  refused(good.substr(0, 6), "truncated TIFF");
  refused(good.substr(0, good.size() - 20), "truncated TIFF");
  refused(tiff(sample(65535), data.substr(0, 100), {}), "truncated TIFF");
  refused(tiff(sample(65535), data, {.compression = 7}), "compression 7");
  refused(tiff(sample(65535), data, {.photometric = 2}), "colours");
  refused(tiff(sample(65535), data, {.bits = 12}), "12 bit");
  refused(tiff(sample(65535), data, {.orientation = 9}), "orientation 9");
  refused(tiff({1u << 30, 1u << 30, {}}, data, {.rows_per_strip = 1u << 30}), "cannot be in a file");
  CHECK_THROWS_WITH(read_table(folder / "missing.png"), Contains("no such file"));
  CHECK_THROWS_WITH(read_table(folder.path()), Contains("not a regular file"));
  write_bytes(folder / "file", npy(table));
  CHECK_THROWS_WITH(read_table(folder / "file", "/image"), Contains("is not HDF5"));
}

TEST_CASE("whatever byte is changed, a file is read or refused") {
  const TemporaryFolder folder;
  const auto table = sample(200);
  write_png(folder / "a.png", table, 8);
  const std::filesystem::path fixtures = PMD_IMPORT_FIXTURES;
  std::vector<std::string> files{npy(table), read_bytes(folder / "a.png"), text(table, ","),
                                 read_bytes(fixtures / "lzw8_predictor.tif")};
  for (const unsigned compression : {1u, 8u, 32773u})
    files.push_back(
        tiff(table, numbers<std::uint8_t>(table, false), {.bits = 8, .compression = compression}));
  std::mt19937_64 random(1);
  std::size_t refused = 0, tried = 0;
  for (const auto& file : files)
    for (int i = 0; i < 150; ++i) {
      auto changed = file;
      // Headers and directories lie at the ends.
      const auto at = i % 3 == 0   ? random() % file.size()
                      : i % 3 == 1 ? random() % 100
                                   : file.size() - 1 - random() % 140;
      changed[at] = static_cast<char>(random());
      if (i % 5 == 0) changed.resize(random() % file.size());
      ++tried;
      try {
        const auto table_read = read(folder, changed);
        CHECK(table_read.values.size() == table_read.rows * table_read.columns);
      } catch (const DataError&) {
        ++refused;
      }
    }
  CHECK(tried == 1050);
  CHECK(refused > 150);
}
