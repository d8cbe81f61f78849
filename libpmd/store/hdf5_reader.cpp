#include "libpmd/store/hdf5_reader.hpp"

#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "libpmd/base/error.hpp"
#include "libpmd/store/hdf5_handle.hpp"

namespace bondscope::hdf5 {
namespace {

constexpr std::uint64_t max_bytes = std::uint64_t{1} << 40;
constexpr std::size_t max_text = 64u << 20;
/// Columns are read as a whole; a sparse file may claim any length.
constexpr hsize_t longest_column = hsize_t{1} << 27;

/// The file that an object lies in, as HDF5 knows it.
std::string file_name(hid_t object) {
  const auto length = H5Fget_name(object, nullptr, 0);
  std::string name(length > 0 ? static_cast<std::size_t>(length) : 0, '\0');
  if (length > 0) H5Fget_name(object, name.data(), name.size() + 1);
  return name;
}

}  // namespace

CheckedReader::CheckedReader(hid_t file, std::filesystem::path name, std::uint64_t file_bytes)
    : file_(file), name_(std::move(name)), file_bytes_(file_bytes) {}

void CheckedReader::fail(const std::string& message) const {
  throw DataError(name_.string() + ": " + message);
}

std::string CheckedReader::text(const char* attribute) const {
  auto value = hdf5::read_text_attribute(file_, attribute);
  if (!value) fail(fmt::format("damaged: the attribute {} is missing or not a text", attribute));
  if (value->size() > max_text) fail(fmt::format("damaged: the attribute {} is too long", attribute));
  return *value;
}

std::uint64_t CheckedReader::integer(const char* attribute) const {
  const auto value = hdf5::read_integer_attribute(file_, attribute);
  if (!value) fail(fmt::format("damaged: the attribute {} is missing or not an integer", attribute));
  return *value;
}

double CheckedReader::number(const char* attribute) const {
  const auto value = hdf5::read_number_attribute(file_, attribute);
  if (!value) fail(fmt::format("damaged: the attribute {} is missing or not a number", attribute));
  return *value;
}

bool CheckedReader::has(const char* path) const {
  return H5Lexists(file_, path, H5P_DEFAULT) > 0;
}

bool CheckedReader::has_attribute(const char* name) const {
  return H5Aexists(file_, name) > 0;
}

Handle CheckedReader::open(const char* path) const {
  Handle dataset(H5Dopen2(file_, path, H5P_DEFAULT), H5Dclose);
  if (!dataset) fail(fmt::format("damaged: the dataset {} cannot be opened: {}", path, hdf5::last_error()));
  // A link may lead to another file, of which nothing was checked.
  if (file_name(dataset.get()) != file_name(file_))
    fail(fmt::format("damaged: the dataset {} is not in this file", path));
  return dataset;
}

Shape CheckedReader::shape(hid_t dataset, const char* path, int rank) const {
  const auto [extents, bytes] = extents_of(dataset, path, rank);
  const Handle creation(H5Dget_create_plist(dataset), H5Pclose);
  const haddr_t offset = H5Dget_offset(dataset);
  if (H5Pget_layout(creation.get()) != H5D_CONTIGUOUS || offset == HADDR_UNDEF)
    fail(fmt::format("damaged: the dataset {} is not contiguous", path));
  if (rank == 1 && extents[0] > longest_column)
    fail(fmt::format("damaged: the dataset {} is too long", path));
  if (offset > file_bytes_ || bytes > file_bytes_ - offset)
    fail(fmt::format("truncated: the dataset {} ends at byte {}, but the file has only {} bytes", path,
                     offset + bytes, file_bytes_));
  return extents;
}

Handle CheckedReader::open(const char* path, hid_t type, const Shape& extents) const {
  Handle dataset = open(path);
  expect_type(dataset.get(), path, type);
  if (shape(dataset.get(), path, static_cast<int>(extents.size())) != extents)
    fail(fmt::format("damaged: the extents of {} do not fit the other datasets", path));
  return dataset;
}

std::size_t CheckedReader::members(const char* path) const {
  const Handle dataset = open(path), type(H5Dget_type(dataset.get()), H5Tclose);
  return H5Tget_class(type.get()) == H5T_COMPOUND ? static_cast<std::size_t>(H5Tget_nmembers(type.get())) : 0;
}

Handle CheckedReader::open_rows_in_chunks(const char* path, hid_t type, const Shape& expected) const {
  Handle dataset = open(path);
  expect_type(dataset.get(), path, type);
  const int rank = static_cast<int>(expected.size());
  if (extents_of(dataset.get(), path, rank).first != expected)
    fail(fmt::format("damaged: the extents of {} do not fit the other datasets", path));
  const Handle creation(H5Dget_create_plist(dataset.get()), H5Pclose);
  Shape chunk(expected.size()), row = expected;
  row[0] = 1;
  if (H5Pget_layout(creation.get()) != H5D_CHUNKED ||
      H5Pget_chunk(creation.get(), rank, chunk.data()) != rank || chunk != row)
    fail(fmt::format("damaged: the dataset {} does not have one chunk for each run", path));
  const int filters = H5Pget_nfilters(creation.get());
  const auto filter = [&](unsigned index) {
    unsigned flags = 0, config = 0;
    std::size_t values = 0;
    return H5Pget_filter2(creation.get(), index, &flags, &values, nullptr, 0, nullptr, &config);
  };
  constexpr int most_shuffles = 2;
  bool known = filters == 0 || (filters <= most_shuffles + 1 &&
                                filter(static_cast<unsigned>(filters - 1)) == H5Z_FILTER_DEFLATE);
  for (int i = 0; i + 1 < filters; ++i)
    known = known && filter(static_cast<unsigned>(i)) == H5Z_FILTER_SHUFFLE;
  if (!known)
    fail(fmt::format(
        "damaged: the dataset {} has other filters than shuffle and deflate; none but those are read", path));
  return dataset;
}

std::pair<Shape, std::uint64_t> CheckedReader::extents_of(hid_t dataset, const char* path, int rank) const {
  const Handle space(H5Dget_space(dataset), H5Sclose);
  if (H5Sget_simple_extent_ndims(space.get()) != rank)
    fail(fmt::format("damaged: the dataset {} does not have {} dimension(s)", path, rank));
  Shape extents(static_cast<std::size_t>(rank));
  H5Sget_simple_extent_dims(space.get(), extents.data(), nullptr);
  const Handle type(H5Dget_type(dataset), H5Tclose);
  std::uint64_t bytes = H5Tget_size(type.get());
  for (const auto extent : extents) {
    if (extent == 0 || extent > max_bytes / bytes)
      fail(fmt::format("damaged: the dataset {} has an impossible extent", path));
    bytes *= extent;
  }
  return {extents, bytes};
}

void CheckedReader::expect_type(hid_t dataset, const char* path, hid_t expected) const {
  const Handle type(H5Dget_type(dataset), H5Tclose);
  if (H5Tequal(type.get(), expected) <= 0)
    fail(fmt::format("damaged: the dataset {} has another type", path));
}

void CheckedReader::read(hid_t dataset, const char* path, hid_t memory_type, std::uint64_t rows,
                         void* values) const {
  if (!read_rows(dataset, memory_type, 0, rows, values))
    fail(fmt::format("the dataset {} cannot be read: {}", path, hdf5::last_error()));
}

std::vector<std::uint64_t> CheckedReader::integer_column(const char* path) const {
  return column<std::uint64_t>(path, H5T_STD_U64LE, H5T_NATIVE_UINT64);
}

std::vector<double> CheckedReader::column(const char* path) const {
  return column<double>(path, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE);
}

std::vector<std::uint8_t> CheckedReader::byte_column(const char* path) const {
  return column<std::uint8_t>(path, H5T_STD_U8LE, H5T_NATIVE_UINT8);
}

std::string CheckedReader::text_dataset(const char* path) const {
  if (!has(path)) return {};
  const Handle dataset = open(path);
  const Handle stored(H5Dget_type(dataset.get()), H5Tclose);
  const std::size_t length = H5Tget_size(stored.get());
  if (H5Tget_class(stored.get()) != H5T_STRING || H5Tis_variable_str(stored.get()) != 0 || length > max_text)
    fail(fmt::format("damaged: the dataset {} is not a text of fixed length", path));
  shape(dataset.get(), path, 0);
  std::string value(length, '\0');
  const Handle type = text_type(length, H5Tget_cset(stored.get()));
  if (H5Dread(dataset.get(), type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, value.data()) < 0)
    fail(fmt::format("the dataset {} cannot be read: {}", path, hdf5::last_error()));
  return value;
}

std::vector<std::string> CheckedReader::text_column(const char* path, std::size_t longest) const {
  const Handle dataset = open(path);
  const Handle type(H5Dget_type(dataset.get()), H5Tclose);
  const std::size_t length = H5Tget_size(type.get());
  if (H5Tget_class(type.get()) != H5T_STRING || H5Tis_variable_str(type.get()) != 0 || length > longest)
    fail(fmt::format("damaged: the dataset {} is not a column of short fixed-length texts", path));
  const std::size_t rows = shape(dataset.get(), path, 1)[0];
  std::string characters(rows * length, '\0');
  read(dataset.get(), path, text_type(length, H5Tget_cset(type.get())).get(), rows, characters.data());
  std::vector<std::string> names;
  for (std::size_t row = 0; row < rows; ++row) {
    const char* begin = characters.data() + row * length;
    names.emplace_back(begin, strnlen(begin, length));
  }
  return names;
}

bool plausible_chunk(hid_t dataset, std::uint64_t row) {
  const Handle creation(H5Dget_create_plist(dataset), H5Pclose), type(H5Dget_type(dataset), H5Tclose);
  Shape chunk(H5S_MAX_RANK);
  const int rank = H5Pget_chunk(creation.get(), H5S_MAX_RANK, chunk.data());
  if (rank < 1) return false;
  hsize_t bytes = H5Tget_size(type.get());
  for (int i = 0; i < rank; ++i)
    bytes *= chunk[static_cast<std::size_t>(i)];
  Shape start(static_cast<std::size_t>(rank), 0);
  start[0] = row;
  hsize_t stored = 0;
  if (H5Dget_chunk_storage_size(dataset, start.data(), &stored) < 0) return false;
  // What does not shrink grows by a thousandth and a few bytes.
  return stored <= bytes + bytes / 512 + 64;
}

}  // namespace bondscope::hdf5
