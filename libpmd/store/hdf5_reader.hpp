#pragma once

// Reading a file of which nothing is believed: ranks, extents, types and positions are checked before a byte
// of data is read.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "libpmd/store/hdf5_handle.hpp"
#include "libpmd/store/hdf5_writer.hpp"

namespace bondscope::hdf5 {

/// Everything throws DataError that names the file, the object and what is wrong with it.
class CheckedReader {
 public:
  /// For an open file of `file_bytes`, which errors call `name`.
  CheckedReader(hid_t file, std::filesystem::path name, std::uint64_t file_bytes);

  /// Throws DataError: the file's name and `message`.
  [[noreturn]] void fail(const std::string& message) const;

  /// Attributes of the file.
  std::string text(const char* attribute) const;
  /// A uint64 attribute of the file.
  std::uint64_t integer(const char* attribute) const;
  /// A float64 attribute of the file.
  double number(const char* attribute) const;

  /// Whether there is an object of this path.
  bool has(const char* path) const;
  /// Whether the file has this attribute.
  bool has_attribute(const char* name) const;
  /// A contiguous dataset that lies wholly within this very file.
  Handle open(const char* path, hid_t type, const Shape& extents) const;
  /// How many members the type of a dataset has; 0 if it is not compound.
  std::size_t members(const char* path) const;
  /// A dataset of one chunk per row, plain or deflated, and shuffled before if its values are more than
  /// bytes.
  Handle open_rows_in_chunks(const char* path, hid_t type, const Shape& extents) const;

  /// One-dimensional contiguous datasets.
  template <class Value>
  std::vector<Value> column(const char* path, hid_t file_type, hid_t memory_type) const {
    const Handle dataset = open(path);
    expect_type(dataset.get(), path, file_type);
    std::vector<Value> values(shape(dataset.get(), path, 1)[0]);
    read(dataset.get(), path, memory_type, values.size(), values.data());
    return values;
  }
  /// Values of float64.
  std::vector<double> column(const char* path) const;
  /// Values of uint64.
  std::vector<std::uint64_t> integer_column(const char* path) const;
  /// Values of uint8.
  std::vector<std::uint8_t> byte_column(const char* path) const;
  /// What SkeletonWriter::text() wrote; an empty text if there is no such dataset.
  std::string text_dataset(const char* path) const;
  /// Fixed-length texts of at most `longest` bytes.
  std::vector<std::string> text_column(const char* path, std::size_t longest) const;

 private:
  /// A dataset of this very file.
  Handle open(const char* path) const;
  void read(hid_t dataset, const char* path, hid_t memory_type, std::uint64_t rows, void* values) const;
  void expect_type(hid_t dataset, const char* path, hid_t expected) const;
  /// The extents of a contiguous dataset that lies wholly within the file.
  Shape shape(hid_t dataset, const char* path, int rank) const;
  /// Extents that can be, and the bytes of all values.
  std::pair<Shape, std::uint64_t> extents_of(hid_t dataset, const char* path, int rank) const;

  hid_t file_;
  std::filesystem::path name_;
  std::uint64_t file_bytes_;
};

/// Whether a row's chunk in the file is no larger than compression could have left it. What is smaller cannot
/// unfold to more than a thousand rows.
bool plausible_chunk(hid_t dataset, std::uint64_t row);

}  // namespace bondscope::hdf5
