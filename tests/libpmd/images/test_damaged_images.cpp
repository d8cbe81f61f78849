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
const ImageSettings floats{.width = 13,
                           .height = 6,
                           .view = View::upper_half,
                           .window = Window::fixed,
                           .scale = Scale::power,
                           .normalisation = Normalisation::none,
                           .values = PixelValues::floats};

struct Made : TemporaryFolder {
  std::filesystem::path file = *this / "images.h5";

  Made() {
    const auto store = *this / "store.h5";
    synthetic::make_marked(store, synthetic::description({.runs = rows, .spacing = 0.1}),
                           {Use::any, Use::training, Use::test, Use::any});
    write_images(store, file, {.representations = {{"a", {.width = 32, .height = 16}}, {"b", floats}}});
  }

  Handle open_to_change() const { return Handle(H5Fopen(file.c_str(), H5F_ACC_RDWR, H5P_DEFAULT), H5Fclose); }

  template <class Value>
  void set_attribute(const char* name, Value value) const {
    const Handle opened = open_to_change();
    REQUIRE(H5Adelete(opened.get(), name) >= 0);
    REQUIRE(hdf5::write_attribute(opened.get(), name, value));
  }

  template <class Value>
  void set_group_attribute(const char* group, const char* name, Value value) const {
    const Handle opened = open_to_change();
    const Handle object(H5Oopen(opened.get(), group, H5P_DEFAULT), H5Oclose);
    REQUIRE(H5Adelete(object.get(), name) >= 0);
    REQUIRE(hdf5::write_attribute(object.get(), name, value));
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

  /// What somebody can do who wants to deceive: the file is changed, and its user block vouches for it again.
  void vouch() const { damage::vouch(file, {"/images/a/pixels", "/images/b/pixels"}); }

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
        opened.image(0, row);
        opened.image(1, row);
        opened.distribution_1d(row);
      } catch (const DataError& error) {
        CHECK_THAT(error.what(), Contains("run " + std::to_string(row)));
        found.push_back(row);
      }
    return found;
  }
};

}  // namespace

TEST_CASE_METHOD(Made, "the file is sound before anything is done to it") {
  CHECK(is_images_file(file));
  CHECK_FALSE(is_images_file(*this / "store.h5"));
  CHECK_FALSE(is_images_file(*this / "none.h5"));
  CHECK(damaged().empty());
}

TEST_CASE_METHOD(Made, "every flipped byte of a row's images is found in that row") {
  for (const char* dataset : {"/images/a/pixels", "/images/b/pixels"})
    for (std::size_t row = 0; row < rows; ++row) {
      const auto [offset, bytes] = damage::chunk_of(file, dataset, row);
      REQUIRE(bytes > 20);
      std::size_t without_meaning = 0;
      for (std::size_t byte = 0; byte < bytes; byte += row == 1 ? 1 : 7) {
        INFO(dataset << " row " << row << " byte " << byte);
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

TEST_CASE_METHOD(Made, "every flipped byte of anything else is found at opening") {
  std::vector<ByteRange> data;
  for (const char* dataset : {"/images/a/pixels", "/images/b/pixels"})
    for (std::size_t row = 0; row < rows; ++row) {
      const auto [offset, bytes] = damage::chunk_of(file, dataset, row);
      data.push_back({offset, bytes});
    }
  for (std::size_t byte = 0; byte < std::filesystem::file_size(file); byte += 11) {
    const auto holds = [&](const ByteRange& range) {
      return byte >= range.begin && byte < range.begin + range.bytes;
    };
    if (std::ranges::any_of(data, holds)) continue;
    INFO("byte " << byte);
    damage::flip(file, byte);
    CHECK_FALSE(refusal().empty());
    damage::flip(file, byte);
  }
}

TEST_CASE_METHOD(Made, "every changed attribute is found at opening") {
  const auto change = GENERATE(0, 1, 2);
  if (change == 0) set_attribute("kx_max", 2.5);
  if (change == 1) set_attribute("format_version", std::uint64_t{3});
  if (change == 2) set_group_attribute("/images/a", "floor", -4.0);
  CHECK_THAT(refusal(), Contains("damaged"));
}

TEST_CASE_METHOD(Made, "versions that are not known are refused") {
  set_attribute("format_version", std::uint64_t{3});
  vouch();
  CHECK_THAT(refusal(), Contains("format version 3") && Contains("reads versions 1 and 2"));
}

TEST_CASE_METHOD(Made, "rows that changed places are found") {
  // Not compressed, chunks have one size.
  std::filesystem::remove(file);
  write_images(*this / "store.h5", file, {.representations = {{"a", {}}, {"b", floats}}, .level = 0});
  const auto one = damage::chunk_of(file, "/images/b/pixels", 0),
             two = damage::chunk_of(file, "/images/b/pixels", 1);
  REQUIRE(one.bytes == two.bytes);
  auto bytes = damage::read_all(file);
  const auto row = bytes.substr(one.offset, one.bytes);
  bytes.replace(one.offset, one.bytes, bytes.substr(two.offset, two.bytes));
  bytes.replace(two.offset, two.bytes, row);
  damage::write_all(file, bytes);
  CHECK(damaged() == std::vector<std::size_t>{0, 1});
}

TEST_CASE_METHOD(Made, "settings that cannot be are refused before any room is made for them") {
  SECTION("width") {
    set_group_attribute("/images/a", "width", std::numeric_limits<std::uint64_t>::max());
  }
  SECTION("height") {
    set_group_attribute("/images/a", "height", std::uint64_t{0});
  }
  SECTION("pixels") {
    set_group_attribute("/images/a", "width", std::uint64_t{1024});
    set_group_attribute("/images/a", "height", std::uint64_t{1024});
  }
  SECTION("floor") {
    set_group_attribute("/images/a", "floor", std::numeric_limits<double>::quiet_NaN());
  }
  SECTION("positive floor") {
    set_group_attribute("/images/a", "floor", 1.0);
  }
  SECTION("a view that there is not") {
    set_group_attribute("/images/a", "view", std::string("side"));
  }
  SECTION("a number for a name") {
    set_group_attribute("/images/b", "scale", 2.0);
  }
  SECTION("bytes without white") {
    set_group_attribute("/images/a", "normalisation", std::string("none"));
  }
  SECTION("a window of nothing") {
    set_group_attribute("/images/b", "kx_max", -50.0);
  }
  SECTION("no representations") {
    set_attribute("representations", std::string(","));
  }
  SECTION("one that there is not") {
    set_attribute("representations", std::string("a,c"));
  }
  SECTION("one that leads elsewhere") {
    set_attribute("representations", std::string("../images/a"));
  }
  SECTION("axis") {
    set_attribute("kx_max", -std::numeric_limits<double>::infinity());
  }
  SECTION("points") {
    set_attribute("kx_points", std::numeric_limits<std::uint64_t>::max());
  }
  vouch();
  CHECK_THAT(refusal(), Contains("damaged: ") && !Contains("checksum"));
}

TEST_CASE_METHOD(Made, "datasets of other shapes, types and filters are refused") {
  const hdf5::Shape shape{rows, 32, 16}, chunk{1, 32, 16};
  const char* pixels = "/images/a/pixels";
  SECTION("many images") {
    replace(pixels, H5T_STD_U8LE, {1u << 16, 32, 16}, chunk, H5Z_FILTER_DEFLATE);
  }
  SECTION("large images") {
    replace(pixels, H5T_STD_U8LE, {rows, 1u << 20, 16}, {1, 1u << 20, 16}, 0);
  }
  SECTION("another type") {
    replace(pixels, H5T_STD_U16LE, shape, chunk, H5Z_FILTER_DEFLATE);
  }
  SECTION("bytes for floats") {
    replace("/images/b/pixels", H5T_STD_U8LE, {rows, 13, 6}, {1, 13, 6}, 0);
  }
  SECTION("two images in a chunk") {
    replace(pixels, H5T_STD_U8LE, shape, {2, 32, 16}, 0);
  }
  SECTION("not in chunks") {
    replace(pixels, H5T_STD_U8LE, shape, {}, 0);
  }
  SECTION("another filter") {
    replace(pixels, H5T_STD_U8LE, shape, chunk, H5Z_FILTER_FLETCHER32);
  }
  SECTION("extents") {
    replace("/images/a/extent", H5T_IEEE_F64LE, {rows, 5}, {}, 0);
  }
  SECTION("extents in chunks") {
    replace("/images/a/extent", H5T_IEEE_F64LE, {rows, 4}, {1, 4}, 0);
  }
  SECTION("distribution") {
    replace("/distribution_1d", H5T_IEEE_F32LE, {rows + 1, 256}, {}, 0);
  }
  SECTION("checksums") {
    replace("/images/b/checksum", H5T_STD_U64LE, {rows - 1}, {}, 0);
  }
  SECTION("diagnostics") {
    replace("/diagnostics/yield", H5T_IEEE_F64LE, {rows + 1}, {}, 0);
  }
  SECTION("axis") {
    replace("/kx", H5T_IEEE_F64LE, {3}, {}, 0);
  }
  SECTION("no images") {
    H5Ldelete(open_to_change().get(), "/images", H5P_DEFAULT);
  }
  vouch();
  CHECK_THAT(refusal(), Contains("damaged: "));
}

TEST_CASE_METHOD(Made, "a chunk that would unfold to far more than an image is not unfolded") {
  {
    const Handle opened = open_to_change();
    const Handle dataset(H5Dopen2(opened.get(), "/images/a/pixels", H5P_DEFAULT), H5Dclose);
    const std::vector<char> bytes(1 << 20, 'x');
    const hsize_t start[] = {2, 0, 0};
    REQUIRE(H5Dwrite_chunk(dataset.get(), H5P_DEFAULT, 0, start, bytes.size(), bytes.data()) >= 0);
  }
  vouch();
  const auto opened = ImagesFile::open(file);
  CHECK_THROWS_WITH(opened.image(0, 2), Contains("run 2") && Contains("chunk"));
}

TEST_CASE_METHOD(Made, "a link to another file is refused") {
  std::filesystem::copy_file(file, *this / "other.h5");
  {
    const Handle opened = open_to_change();
    H5Ldelete(opened.get(), "/images/a/pixels", H5P_DEFAULT);
    H5Lcreate_external((*this / "other.h5").c_str(), "/images/a/pixels", opened.get(), "/images/a/pixels",
                       H5P_DEFAULT, H5P_DEFAULT);
  }
  vouch();
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
