#include "libpmd/store/hdf5_writer.hpp"

#include <algorithm>
#include <optional>

#include <fmt/format.h>
#include <hdf5_hl.h>

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
  H5Pset_obj_track_times(chunked.get(), false);
  return chunked;
}

/// Whether H5Dget_chunk_info_by_coord() counts from behind the user block, as releases before 1.14 do, and
/// not from the file's begin: told by a file in memory whose block is larger than all that follows it.
bool chunk_addresses_lack_block() {
  constexpr hsize_t block = 1 << 20, one = 1;
  const Handle creation(H5Pcreate(H5P_FILE_CREATE), H5Pclose), access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  H5Pset_userblock(creation.get(), block);
  H5Pset_fapl_core(access.get(), 1 << 16, false);
  const Handle file(H5Fcreate("in memory only", H5F_ACC_TRUNC, creation.get(), access.get()), H5Fclose);
  const Handle space(H5Screate_simple(1, &one, nullptr), H5Sclose), chunked = row_chunks({one});
  const Handle dataset(
      H5Dcreate2(file.get(), "x", H5T_STD_U8LE, space.get(), H5P_DEFAULT, chunked.get(), H5P_DEFAULT),
      H5Dclose);
  const hsize_t first = 0;
  hsize_t size = 0;
  haddr_t at = HADDR_UNDEF;
  const std::uint8_t value = 1;
  if (H5Dwrite(dataset.get(), H5T_NATIVE_UINT8, H5S_ALL, H5S_ALL, H5P_DEFAULT, &value) < 0 ||
      H5Dflush(dataset.get()) < 0 ||
      H5Dget_chunk_info_by_coord(dataset.get(), &first, nullptr, &at, &size) < 0 || at == HADDR_UNDEF)
    throw DataError("HDF5 does not say where the chunks of a dataset lie");
  return at < block;
}

/// What is to be added to the addresses of a dataset's chunks.
hsize_t base_of_chunks(hid_t dataset) {
  const Handle file(H5Iget_file_id(dataset), H5Fclose), creation(H5Fget_create_plist(file.get()), H5Pclose);
  hsize_t block = 0;
  H5Pget_userblock(creation.get(), &block);
  return chunk_addresses_lack_block() ? block : 0;
}

/// Empty if the dataset has chunks.
std::optional<ByteRange> contiguous_range(hid_t dataset) {
  const Handle creation(H5Dget_create_plist(dataset), H5Pclose);
  if (H5Pget_layout(creation.get()) != H5D_CONTIGUOUS) return {};
  const haddr_t at = H5Dget_offset(dataset);
  if (at == HADDR_UNDEF) throw DataError("HDF5 does not say where a dataset lies");
  return ByteRange{at, H5Dget_storage_size(dataset)};
}

struct Chunk {
  hid_t dataset = -1;
  hsize_t row = 0, bytes = 0;
};

/// Those that have been written.
std::vector<Chunk> chunks_of(hid_t dataset) {
  const Quiet quiet;
  const Handle space(H5Dget_space(dataset), H5Sclose);
  Shape extents(H5S_MAX_RANK), first(H5S_MAX_RANK);
  H5Sget_simple_extent_dims(space.get(), extents.data(), nullptr);
  const Handle creation(H5Dget_create_plist(dataset), H5Pclose);
  Shape chunk(H5S_MAX_RANK, 1);
  H5Pget_chunk(creation.get(), H5S_MAX_RANK, chunk.data());
  std::vector<Chunk> chunks;
  hsize_t all = 0;
  for (; first[0] < extents[0]; first[0] += chunk[0]) {
    hsize_t bytes = 0;
    // Some releases fail where there is none.
    if (H5Dget_chunk_storage_size(dataset, first.data(), &bytes) < 0 || bytes == 0) continue;
    chunks.push_back({dataset, first[0], bytes});
    all += bytes;
  }
  if (all != H5Dget_storage_size(dataset))
    throw DataError("HDF5 does not say how large the chunks of a dataset are");
  return chunks;
}

haddr_t address_of(const Chunk& chunk) {
  Shape first(H5S_MAX_RANK);
  first[0] = chunk.row;
  haddr_t at = HADDR_UNDEF;
  hsize_t bytes = 0;
  if (H5Dget_chunk_info_by_coord(chunk.dataset, first.data(), nullptr, &at, &bytes) < 0 ||
      at == HADDR_UNDEF || bytes != chunk.bytes)
    throw DataError("HDF5 does not say where the chunks of a dataset lie");
  return at;
}

/// Finds chunks that follow each other without asking for each: if the last of several ends where it would if
/// they all touched, they do.
class JoinedChunks {
 public:
  explicit JoinedChunks(const std::vector<Chunk>& chunks) : chunks_(chunks), before_{0} {
    for (const auto& chunk : chunks_)
      before_.push_back(before_.back() + chunk.bytes);
    if (chunks_.empty()) return;
    find(0, address_of(chunks_.front()), chunks_.size() - 1, address_of(chunks_.back()));
  }

  const std::vector<ByteRange>& ranges() const { return ranges_; }

 private:
  void find(std::size_t first, haddr_t first_at, std::size_t last, haddr_t last_at) {
    const auto bytes = before_[last + 1] - before_[first];
    if (last_at + chunks_[last].bytes == first_at + bytes) {
      ranges_.push_back({first_at, bytes});
      return;
    }
    const std::size_t middle = first + (last - first) / 2;
    find(first, first_at, middle, middle == first ? first_at : address_of(chunks_[middle]));
    find(middle + 1, middle + 1 == last ? last_at : address_of(chunks_[middle + 1]), last, last_at);
  }

  const std::vector<Chunk>& chunks_;
  std::vector<hsize_t> before_;  ///< bytes of all chunks before each
  std::vector<ByteRange> ranges_;
};

}  // namespace

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

std::vector<ByteRange> ranges_of(hid_t dataset) {
  if (const auto whole = contiguous_range(dataset)) return {*whole};
  const auto base = base_of_chunks(dataset);
  std::vector<ByteRange> ranges;
  for (const auto& chunk : chunks_of(dataset))
    ranges.push_back({base + address_of(chunk), chunk.bytes});
  return ranges;
}

std::vector<ByteRange> joined_ranges_of(std::span<const Handle> datasets) {
  std::vector<ByteRange> ranges;
  std::vector<Chunk> chunks;
  hsize_t base = 0;
  for (const auto& dataset : datasets) {
    if (const auto whole = contiguous_range(dataset.get())) {
      ranges.push_back(*whole);
      continue;
    }
    base = base_of_chunks(dataset.get());
    const auto more = chunks_of(dataset.get());
    chunks.insert(chunks.end(), more.begin(), more.end());
  }
  std::ranges::stable_sort(chunks, {}, &Chunk::row);
  const JoinedChunks joined(chunks);
  for (const auto& [begin, bytes] : joined.ranges())
    ranges.push_back({base + begin, bytes});
  return ranges;
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
    H5Pset_obj_track_times(creation->get(), false);
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

void SkeletonWriter::text(const char* path, const char* meaning, const std::string& value) {
  if (value.empty()) return;
  const Handle type = text_type(value.size()), space(H5Screate(H5S_SCALAR), H5Sclose);
  const Handle made(H5Dcreate2(file_, path, type.get(), space.get(), H5P_DEFAULT, unset_.get(), H5P_DEFAULT),
                    H5Dclose);
  require(made && H5Dwrite(made.get(), type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, value.data()) >= 0 &&
              write_attribute(made.get(), "meaning", std::string(meaning)),
          path);
}

void SkeletonWriter::scale(const char* path, const char* name) {
  const Handle dataset(H5Dopen2(file_, path, H5P_DEFAULT), H5Dclose);
  require(dataset && H5DSset_scale(dataset.get(), name) >= 0, path);
}

void SkeletonWriter::attach(const char* path, std::initializer_list<const char*> scales) {
  const Handle dataset(H5Dopen2(file_, path, H5P_DEFAULT), H5Dclose);
  unsigned dimension = 0;
  for (const char* name : scales) {
    const Handle scale(H5Dopen2(file_, name, H5P_DEFAULT), H5Dclose);
    require(dataset && scale && H5DSattach_scale(dataset.get(), scale.get(), dimension++) >= 0, path);
  }
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
