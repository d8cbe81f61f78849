#include "libpmd/store/hdf5_writer.hpp"

#include <fmt/format.h>

#include "libpmd/base/error.hpp"
#include "libpmd/store/hdf5_handle.hpp"

namespace bondscope::hdf5 {
namespace {

herr_t select_rows(hid_t space, std::uint64_t row, std::uint64_t rows, Shape& count) {
  const int rank = H5Sget_simple_extent_ndims(space);
  if (rank < 1) return -1;
  count.resize(static_cast<std::size_t>(rank));
  H5Sget_simple_extent_dims(space, count.data(), nullptr);
  Shape start(count.size(), 0);
  start[0] = row;
  count[0] = rows;
  return H5Sselect_hyperslab(space, H5S_SELECT_SET, start.data(), nullptr, count.data(), nullptr);
}

/// Creation properties of a dataset with a chunk for each row; empty if HDF5 refuses.
Handle row_chunks(const Shape& shape) {
  Handle chunked(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
  Shape chunk = shape;
  chunk[0] = 1;
  if (H5Pset_chunk(chunked.get(), static_cast<int>(chunk.size()), chunk.data()) < 0 ||
      H5Pset_fill_time(chunked.get(), H5D_FILL_TIME_NEVER) < 0)
    return {};
  return chunked;
}

}  // namespace

Handle text_type(std::size_t length) {
  Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
  H5Tset_size(type.get(), length);
  H5Tset_strpad(type.get(), H5T_STR_NULLPAD);
  return type;
}

bool read_rows(hid_t dataset, hid_t memory_type, std::uint64_t row, std::uint64_t rows, void* values) {
  const Handle space(H5Dget_space(dataset), H5Sclose);
  Shape count;
  if (select_rows(space.get(), row, rows, count) < 0) return false;
  const Handle memory(H5Screate_simple(static_cast<int>(count.size()), count.data(), nullptr), H5Sclose);
  return H5Dread(dataset, memory_type, memory.get(), space.get(), H5P_DEFAULT, values) >= 0;
}

bool write_rows(hid_t dataset, hid_t memory_type, std::uint64_t row, std::uint64_t rows, const void* values) {
  const Handle space(H5Dget_space(dataset), H5Sclose);
  Shape count;
  if (select_rows(space.get(), row, rows, count) < 0) return false;
  const Handle memory(H5Screate_simple(static_cast<int>(count.size()), count.data(), nullptr), H5Sclose);
  return H5Dwrite(dataset, memory_type, memory.get(), space.get(), H5P_DEFAULT, values) >= 0;
}

bool write_packed_row(hid_t dataset, std::uint64_t row, std::span<const std::byte> packed) {
  const Handle space(H5Dget_space(dataset), H5Sclose);
  const int rank = H5Sget_simple_extent_ndims(space.get());
  if (rank < 1) return false;
  Shape start(static_cast<std::size_t>(rank), 0);
  start[0] = row;
  return H5Dwrite_chunk(dataset, H5P_DEFAULT, 0, start.data(), packed.size(), packed.data()) >= 0;
}

SkeletonWriter::SkeletonWriter(hid_t file, std::filesystem::path name) : file_(file), name_(std::move(name)) {
  for (auto* creation : {&unset_, &zeroed_}) {
    *creation = Handle(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
    H5Pset_layout(creation->get(), H5D_CONTIGUOUS);
    H5Pset_alloc_time(creation->get(), H5D_ALLOC_TIME_EARLY);
  }
  H5Pset_fill_time(unset_.get(), H5D_FILL_TIME_NEVER);
  H5Pset_fill_time(zeroed_.get(), H5D_FILL_TIME_ALLOC);
}

void SkeletonWriter::group(const char* path, const char* meaning) {
  const Handle made(H5Gcreate2(file_, path, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT), H5Gclose);
  require(bool(made) && write_attribute(made.get(), "meaning", std::string(meaning)), path);
}

void SkeletonWriter::dataset(const char* path, hid_t file_type, const Shape& shape, const char* unit,
                             const char* meaning, hid_t memory_type, const void* values) {
  const Handle made = create(path, file_type, shape, unit, meaning, unset_);
  if (values) require(H5Dwrite(made.get(), memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0, path);
}

void SkeletonWriter::zeros(const char* path, hid_t file_type, const Shape& shape, const char* unit,
                           const char* meaning) {
  create(path, file_type, shape, unit, meaning, zeroed_);
}

void SkeletonWriter::rows_in_chunks(const char* path, hid_t file_type, const Shape& shape, const char* unit,
                                    const char* meaning, int level) {
  const Handle chunked = row_chunks(shape);
  bool ok = bool(chunked);
  if (level > 0)
    ok = ok && H5Pset_shuffle(chunked.get()) >= 0 &&
         H5Pset_deflate(chunked.get(), static_cast<unsigned>(level)) >= 0;
  require(ok, path);
  create(path, file_type, shape, unit, meaning, chunked);
}

void SkeletonWriter::pictures_in_chunks(const char* path, const Shape& shape, const char* unit,
                                        const char* meaning, int level) {
  const Handle chunked = row_chunks(shape);
  bool ok = bool(chunked);
  if (level > 0) {
    // Shuffling elements as long as a line exchanges the axes. HDF5 sets the element of the first shuffle to
    // the type's size, a byte, which does nothing; the second stays as it is.
    const unsigned byte = 1, line = static_cast<unsigned>(shape.back());
    for (const auto* element : {&byte, &line})
      ok = ok && H5Pset_filter(chunked.get(), H5Z_FILTER_SHUFFLE, H5Z_FLAG_MANDATORY, 1, element) >= 0;
    ok = ok && H5Pset_deflate(chunked.get(), static_cast<unsigned>(level)) >= 0;
  }
  require(ok, path);
  create(path, H5T_STD_U8LE, shape, unit, meaning, chunked);
}

Handle SkeletonWriter::create(const char* path, hid_t file_type, const Shape& shape, const char* unit,
                              const char* meaning, const Handle& creation) {
  const Handle space(H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr), H5Sclose);
  Handle made(H5Dcreate2(file_, path, file_type, space.get(), H5P_DEFAULT, creation.get(), H5P_DEFAULT),
              H5Dclose);
  require(made && write_attribute(made.get(), "unit", std::string(unit)) &&
              write_attribute(made.get(), "meaning", std::string(meaning)),
          path);
  return made;
}

void SkeletonWriter::require(bool ok, const char* what) const {
  if (!ok) throw FileError(fmt::format("{}: cannot create {}: {}", name_.string(), what, last_error()));
}

}  // namespace bondscope::hdf5
