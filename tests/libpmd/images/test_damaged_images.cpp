// Images files that are not what they should be.

#include <cstring>
#include <limits>

#include <catch2/catch.hpp>
#include <hdf5.h>

#include "libpmd/base/error.hpp"
#include "libpmd/images/images_file.hpp"
#include "libpmd/images/images_layout.hpp"
#include "libpmd/images/write_images.hpp"
#include "libpmd/store/hdf5_handle.hpp"
#include "libpmd/store/hdf5_writer.hpp"
#include "tests/libpmd/images/marked_store.hpp"
#include "tests/libpmd/store/damage.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace bondscope;
using Catch::Matchers::Contains;
using hdf5::Handle;

namespace {

constexpr std::size_t rows = 4;

struct Made : TemporaryFolder {
  std::filesystem::path file = *this / "images.h5";

  Made() {
    const auto store = *this / "store.h5";
    synthetic::make_marked(store, synthetic::description({.runs = rows, .spacing = 0.1}),
                           {Use::any, Use::training, Use::test, Use::any});
    write_images(store, file, {.image = {.width = 32, .height = 16}});
  }

  Handle open_to_change() const { return Handle(H5Fopen(file.c_str(), H5F_ACC_RDWR, H5P_DEFAULT), H5Fclose); }

  template <class Value>
  void set_attribute(const char* name, Value value) const {
    const Handle opened = open_to_change();
    REQUIRE(H5Adelete(opened.get(), name) >= 0);
    REQUIRE(hdf5::write_attribute(opened.get(), name, value));
  }

  /// Puts another dataset in the place of one.
  void replace(const char* name, hid_t type, const hdf5::Shape& shape, const hdf5::Shape& chunk,
               int filter) const {
    const Handle opened = open_to_change();
    REQUIRE(H5Ldelete(opened.get(), name, H5P_DEFAULT) >= 0);
    const Handle creation(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
    if (!chunk.empty()) H5Pset_chunk(creation.get(), static_cast<int>(chunk.size()), chunk.data());
    if (filter == H5Z_FILTER_FLETCHER32) H5Pset_fletcher32(creation.get());
    if (filter == H5Z_FILTER_DEFLATE) H5Pset_deflate(creation.get(), 1);
    if (chunk.empty()) H5Pset_alloc_time(creation.get(), H5D_ALLOC_TIME_EARLY);
    const Handle space(H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr), H5Sclose);
    const Handle made(
        H5Dcreate2(opened.get(), name, type, space.get(), H5P_DEFAULT, creation.get(), H5P_DEFAULT),
        H5Dclose);
    REQUIRE(made);
  }

  std::string refusal() const {
    try {
      ImagesFile::open(file);
    } catch (const DataError& error) {
      CHECK_THAT(error.what(), Contains(file.string()));
      return error.what();
    }
    return "";
  }

  /// Rows whose reading fails.
  std::vector<std::size_t> damaged() const {
    const auto opened = ImagesFile::open(file);
    std::vector<std::size_t> found;
    for (std::size_t row = 0; row < opened.size(); ++row)
      try {
        opened.row(row);
      } catch (const DataError& error) {
        CHECK_THAT(error.what(), Contains("run " + std::to_string(row)));
        found.push_back(row);
      }
    return found;
  }

  struct Chunk {
    std::size_t offset = 0, bytes = 0;
  };
  Chunk chunk(std::size_t row) const {
    const Handle opened(H5Fopen(file.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose);
    const Handle dataset(H5Dopen2(opened.get(), "/images", H5P_DEFAULT), H5Dclose);
    const hsize_t start[] = {row, 0, 0};
    unsigned mask = 0;
    haddr_t offset = 0;
    hsize_t bytes = 0;
    REQUIRE(H5Dget_chunk_info_by_coord(dataset.get(), start, &mask, &offset, &bytes) >= 0);
    return {offset, bytes};
  }
};

}  // namespace

TEST_CASE_METHOD(Made, "the file is sound before anything is done to it") {
  CHECK(is_images_file(file));
  CHECK_FALSE(is_images_file(*this / "store.h5"));
  CHECK_FALSE(is_images_file(*this / "none.h5"));
  CHECK(damaged().empty());
}

TEST_CASE_METHOD(Made, "every flipped byte of a row's image is found in that row") {
  for (std::size_t row = 0; row < rows; ++row) {
    const auto [offset, bytes] = chunk(row);
    REQUIRE(bytes > 20);
    std::size_t without_meaning = 0;
    for (std::size_t byte = 0; byte < bytes; byte += row == 1 ? 1 : 7) {
      INFO("row " << row << " byte " << byte);
      damage::flip(file, offset + byte);
      const auto found = damaged();
      // Some bits of a deflated stream mean nothing, as those that fill its last byte.
      if (found.empty())
        ++without_meaning;
      else
        CHECK(found == std::vector<std::size_t>{row});
      damage::flip(file, offset + byte);
    }
    CHECK(without_meaning <= 4);
  }
}

TEST_CASE_METHOD(Made, "every flipped byte of distribution and extent is found in its row") {
  for (const auto& [dataset, row_bytes] :
       {std::pair{"/distribution_1d", points_1d * sizeof(float)}, std::pair{"/extent", 4 * sizeof(double)}}) {
    const auto begin = damage::offset_of(file, dataset);
    for (std::size_t byte = 0; byte < rows * row_bytes; byte += 3) {
      INFO(dataset << " byte " << byte);
      damage::flip(file, begin + byte);
      CHECK(damaged() == std::vector<std::size_t>{byte / row_bytes});
      damage::flip(file, begin + byte);
    }
  }
}

TEST_CASE_METHOD(Made, "every flipped byte of the other datasets is found at opening") {
  const std::pair<const char*, std::size_t> datasets[] = {
      {"/diagnostics", rows * diagnostics_fields.size() * sizeof(double)},
      {"/source_checksum", rows * sizeof(std::uint64_t)},
      {"/checksum", rows * sizeof(std::uint64_t)},
      {"/axes/kx", points_1d * sizeof(double)},
      {"/parameters/run", rows * sizeof(std::uint64_t)},
      {"/parameters/R", rows * sizeof(double)},
      {"/parameters/intensity_w_cm2", rows * sizeof(double)},
      {"/parameters/cep", rows * sizeof(double)},
      {"/parameters/angle", rows * sizeof(double)},
      {"/parameters/molecule", rows * 3},
      {"/derivation/use", rows},
      {"/derivation/links_end", rows * sizeof(std::uint64_t)},
      {"/derivation/links", rows * sizeof(Link)},
      {"/derivation/roots_end", rows * sizeof(std::uint64_t)},
      {"/derivation/roots", rows * sizeof(std::uint64_t)}};
  for (const auto& [dataset, bytes] : datasets) {
    const auto begin = damage::offset_of(file, dataset);
    for (std::size_t byte = 0; byte<bytes; byte += bytes> 500 ? 5 : 1) {
      INFO(dataset << " byte " << byte);
      damage::flip(file, begin + byte);
      CHECK_FALSE(refusal().empty());
      damage::flip(file, begin + byte);
    }
  }
}

TEST_CASE_METHOD(Made, "every changed attribute is found at opening") {
  SECTION("settings") {
    set_attribute("width", std::uint64_t{31});
    CHECK_FALSE(refusal().empty());
  }
  SECTION("floor") {
    set_attribute("floor", -4.0);
    CHECK_THAT(refusal(), Contains("do not match their checksum"));
  }
  SECTION("axes") {
    set_attribute("ky_max", 2.6);
    CHECK_THAT(refusal(), Contains("do not match their checksum"));
  }
  SECTION("provenance") {
    set_attribute("machine", std::string("another"));
    CHECK_THAT(refusal(), Contains("do not match their checksum"));
  }
  SECTION("seal") {
    set_attribute("seal", std::uint64_t{1});
    CHECK_THAT(refusal(), Contains("its seal is broken"));
  }
  SECTION("no seal") {
    H5Adelete(open_to_change().get(), "seal");
    CHECK_THAT(refusal(), Contains("seal"));
  }
  SECTION("version") {
    set_attribute("format_version", std::uint64_t{2});
    CHECK_THAT(refusal(), Contains("format version 2") && Contains("reads version 1"));
  }
}

TEST_CASE_METHOD(Made, "rows that changed places are found") {
  auto bytes = damage::read_all(file);
  const auto begin = damage::offset_of(file, "/distribution_1d");
  constexpr std::size_t length = points_1d * sizeof(float);
  const auto first = bytes.substr(begin, length), second = bytes.substr(begin + length, length);
  REQUIRE(first != second);
  bytes.replace(begin, length, second).replace(begin + length, length, first);
  damage::write_all(file, bytes);
  CHECK(damaged() == std::vector<std::size_t>{0, 1});
}

TEST_CASE_METHOD(Made, "sizes that cannot be are refused before any room is made for them") {
  SECTION("width") {
    set_attribute("width", std::numeric_limits<std::uint64_t>::max());
  }
  SECTION("height") {
    set_attribute("height", std::uint64_t{0});
  }
  SECTION("pixels") {
    set_attribute("width", std::uint64_t{1024});
    set_attribute("height", std::uint64_t{1024});
  }
  SECTION("floor") {
    set_attribute("floor", std::numeric_limits<double>::quiet_NaN());
  }
  SECTION("positive floor") {
    set_attribute("floor", 1.0);
  }
  SECTION("axis") {
    set_attribute("kx_max", -std::numeric_limits<double>::infinity());
  }
  SECTION("points") {
    set_attribute("kx_points", std::numeric_limits<std::uint64_t>::max());
  }
  CHECK_THAT(refusal(), Contains("damaged: ") && !Contains("checksum"));
}

TEST_CASE_METHOD(Made, "datasets of other shapes, types and filters are refused") {
  const hdf5::Shape shape{rows, 32, 16}, chunk{1, 32, 16};
  SECTION("many images") {
    replace("/images", H5T_STD_U8LE, {1u << 30, 32, 16}, chunk, H5Z_FILTER_DEFLATE);
  }
  SECTION("large images") {
    replace("/images", H5T_STD_U8LE, {rows, 1u << 20, 16}, {1, 1u << 20, 16}, 0);
  }
  SECTION("another type") {
    replace("/images", H5T_STD_U16LE, shape, chunk, H5Z_FILTER_DEFLATE);
  }
  SECTION("two images in a chunk") {
    replace("/images", H5T_STD_U8LE, shape, {2, 32, 16}, 0);
  }
  SECTION("not in chunks") {
    replace("/images", H5T_STD_U8LE, shape, {}, 0);
  }
  SECTION("another filter") {
    replace("/images", H5T_STD_U8LE, shape, chunk, H5Z_FILTER_FLETCHER32);
  }
  SECTION("extents") {
    replace("/extent", H5T_IEEE_F64LE, {rows, 5}, {}, 0);
  }
  SECTION("extents in chunks") {
    replace("/extent", H5T_IEEE_F64LE, {rows, 4}, {1, 4}, 0);
  }
  SECTION("distribution") {
    replace("/distribution_1d", H5T_IEEE_F32LE, {rows + 1, 256}, {}, 0);
  }
  SECTION("checksums") {
    replace("/checksum", H5T_STD_U64LE, {rows - 1}, {}, 0);
  }
  SECTION("diagnostics") {
    replace("/diagnostics", H5T_IEEE_F64LE, {rows}, {}, 0);
  }
  SECTION("axis") {
    replace("/axes/kx", H5T_IEEE_F64LE, {3}, {}, 0);
  }
  SECTION("no images") {
    H5Ldelete(open_to_change().get(), "/images", H5P_DEFAULT);
  }
  CHECK_THAT(refusal(), Contains("damaged: "));
}

TEST_CASE_METHOD(Made, "a chunk that would unfold to far more than an image is not unfolded") {
  {
    const Handle opened = open_to_change();
    const Handle dataset(H5Dopen2(opened.get(), "/images", H5P_DEFAULT), H5Dclose);
    const std::vector<char> bytes(1 << 20, 'x');
    const hsize_t start[] = {2, 0, 0};
    REQUIRE(H5Dwrite_chunk(dataset.get(), H5P_DEFAULT, 0, start, bytes.size(), bytes.data()) >= 0);
  }
  const auto opened = ImagesFile::open(file);
  CHECK_THROWS_WITH(opened.row(2), Contains("run 2") && Contains("chunk"));
}

TEST_CASE_METHOD(Made, "a link to another file is refused") {
  std::filesystem::copy_file(file, *this / "other.h5");
  {
    const Handle opened = open_to_change();
    H5Ldelete(opened.get(), "/images", H5P_DEFAULT);
    H5Lcreate_external((*this / "other.h5").c_str(), "/images", opened.get(), "/images", H5P_DEFAULT,
                       H5P_DEFAULT);
  }
  CHECK_THAT(refusal(), Contains("is not in this file"));
}

TEST_CASE_METHOD(Made, "a truncated file is refused") {
  const auto bytes = std::filesystem::file_size(file);
  for (const double part : {0.0, 0.1, 0.5, 0.9, 0.999}) {
    INFO(part);
    std::filesystem::copy_file(file, *this / "cut.h5", std::filesystem::copy_options::overwrite_existing);
    std::filesystem::resize_file(*this / "cut.h5",
                                 static_cast<std::uintmax_t>(part * static_cast<double>(bytes)));
    CHECK_THROWS_AS(ImagesFile::open(*this / "cut.h5"), DataError);
  }
}

TEST_CASE_METHOD(Made, "foreign files are refused by what they are") {
  CHECK_THROWS_AS(ImagesFile::open(*this / "none.h5"), FileError);
  CHECK_THROWS_AS(ImagesFile::open(path()), FileError);
  CHECK_THROWS_WITH(ImagesFile::open(*this / "store.h5"), Contains("not an images file"));
  damage::write_all(*this / "text.h5", "no HDF5 at all");
  CHECK_THROWS_WITH(ImagesFile::open(*this / "text.h5"), Contains("not an HDF5 file"));
  CHECK_THROWS_AS(Store::open(file, Store::Mode::read), DataError);
}
