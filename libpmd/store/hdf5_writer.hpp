#pragma once

// The objects of a file that is made at once: groups, datasets with unit, meaning and dimension scales,
// texts, attributes.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <span>
#include <string>
#include <vector>

#include "libpmd/store/hdf5_handle.hpp"
#include "libpmd/store/user_block.hpp"

namespace bondscope::hdf5 {

using Shape = std::vector<hsize_t>;  ///< Extents of a dataset

/// `rows` rows from `row` on, of a dataset whose first extent counts rows. False if HDF5 refuses.
bool read_rows(hid_t dataset, hid_t memory_type, std::uint64_t row, std::uint64_t rows, void* values);
/// The same, to the file.
bool write_rows(hid_t dataset, hid_t memory_type, std::uint64_t row, std::uint64_t rows, const void* values);
/// Where the values of a dataset lie in the file, which must not be open for writing: all of a contiguous
/// one, or the chunks of one with a chunk for each row. Throws DataError if HDF5 does not say.
std::vector<ByteRange> ranges_of(hid_t dataset);
/// Of several datasets together, with touching chunks joined. HDF5 1.10 looks through all chunks to find one;
/// here it is asked for few of them, if they were written row by row and in the order of the datasets.
std::vector<ByteRange> joined_ranges_of(std::span<const Handle> datasets);
/// One row of a dataset of one chunk per row, already compressed as the dataset's filters would.
bool write_packed_row(hid_t dataset, std::uint64_t row, std::span<const std::byte> packed);

/// Everything throws FileError with HDF5's reason.
class SkeletonWriter {
 public:
  /// For an open file, which errors call `name`.
  SkeletonWriter(hid_t file, std::filesystem::path name);

  /// Makes a group.
  void group(const char* path, const char* meaning);
  /// Without values the dataset only gets its space.
  void dataset(const char* path, hid_t file_type, const Shape& shape, const char* unit, const char* meaning,
               hid_t memory_type = -1, const void* values = nullptr);
  /// Zeros, although the space is sparse anyway: a row must never begin as somebody's old disk block.
  void zeros(const char* path, hid_t file_type, const Shape& shape, const char* unit, const char* meaning);
  /// A dataset whose rows are compressed one by one: `level` 0 (none) to 9.
  void rows_in_chunks(const char* path, hid_t file_type, const Shape& shape, const char* unit,
                      const char* meaning, int level);
  /// The same for pictures of bytes, [row, x, y]. Before it is compressed, a picture's y becomes the slow
  /// axis: one that is its own mirror image along y then takes half the bytes.
  void pictures_in_chunks(const char* path, const Shape& shape, const char* unit, const char* meaning,
                          int level);
  /// A text as a dataset of its own, fixed-length UTF-8; an empty one is left out.
  void text(const char* path, const char* meaning, const std::string& value);
  /// Makes a column the scale of what attach() names it for: HDF5's dimension scales, by which h5py, xarray
  /// and viewers know the axes of a dataset.
  void scale(const char* path, const char* name);
  /// Scales of the first dimensions of a dataset.
  void attach(const char* path, std::initializer_list<const char*> scales);
  /// Of the file itself.
  void attribute(const char* name, const auto& value) { require(write_attribute(file_, name, value), name); }
  /// Of one of its objects.
  void attribute_of(const char* path, const char* name, const auto& value) {
    const Handle object(H5Oopen(file_, path, H5P_DEFAULT), H5Oclose);
    require(object && write_attribute(object.get(), name, value), path);
  }

 private:
  Handle create(const char* path, hid_t file_type, const Shape& shape, const char* unit, const char* meaning,
                const Handle& creation);
  void require(bool ok, const char* what) const;

  hid_t file_;
  std::filesystem::path name_;
  Handle unset_, zeroed_;
};

}  // namespace bondscope::hdf5
