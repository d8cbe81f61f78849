#include "libpmd/store/file_access.hpp"

#include <array>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>
#include <unistd.h>

#include "libpmd/base/error.hpp"
#include "libpmd/base/files/disk.hpp"
#include "libpmd/base/files/replacement.hpp"
#include "libpmd/base/files/text_file.hpp"
#include "libpmd/store/hdf5_writer.hpp"
#include "libpmd/store/user_block.hpp"

namespace bondscope {
namespace {

namespace fs = std::filesystem;

hid_t serial_properties() {
  const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
#if H5_VERSION_GE(1, 10, 7)
  H5Pset_file_locking(access, false, true);
#endif
  // Chunks are read and written as a whole: without a cache they are in the file at once, in their order.
  H5Pset_cache(access, 0, 521, 0, 0.75);
  return access;
}

/// What HDF5 changes of the superblock of an open file, whose place in version 2 is fixed: a flag that it is
/// open for writing, and the checksum, which HDF5 looks at.
constexpr std::array<ByteRange, 2> superblock_changes{{{11, 1}, {44, 4}}};

void check_openable(const fs::path& file, bool to_write) {
  expect_file(file);
  if (::access(file.c_str(), R_OK) != 0)
    throw FileError(fmt::format("{}: cannot be read: {}", file.string(), std::strerror(errno)));
  if (to_write && ::access(file.c_str(), W_OK) != 0)
    throw FileError(fmt::format("{}: cannot be written to: {}", file.string(), std::strerror(errno)));
}

}  // namespace

FileAccess serial_access() {
  return {serial_properties, [](void* handle) { return ::fdatasync(*static_cast<int*>(handle)) == 0; }};
}

namespace hdf5 {

Handle open_file(const fs::path& file, bool to_write, const FileAccess& access) {
  check_openable(file, to_write);
  if (has_user_block(file)) check_user_block(file);
  if (H5Fis_hdf5(file.c_str()) <= 0) throw DataError(file.string() + ": not an HDF5 file");
  const Handle properties(access.properties(), H5Pclose);
  // Without HDF5's sieve buffer every row is one write that is on its way when the call returns, and every
  // read sees what others wrote meanwhile.
  H5Pset_sieve_buf_size(properties.get(), 0);
  Handle opened(H5Fopen(file.c_str(), to_write ? H5F_ACC_RDWR : H5F_ACC_RDONLY, properties.get()), H5Fclose);
  if (!opened)
    throw DataError(fmt::format("{}: an HDF5 file that cannot be opened, truncated or damaged: {}",
                                file.string(), last_error()));
  return opened;
}

NewFile::NewFile(fs::path output, Kind kind, std::size_t most_ranges)
    : output_(std::move(output)),
      partial_(temporary_name(output_)),
      kind_(kind),
      has_block_(most_ranges > 0) {
  std::error_code status;
  fs::remove(partial_, status);  // of a killed process
  const Handle access(serial_properties(), H5Pclose), creation(H5Pcreate(H5P_FILE_CREATE), H5Pclose);
  const auto version = kind == Kind::live ? H5F_LIBVER_V18 : H5F_LIBVER_V110;
  H5Pset_libver_bounds(access.get(), version, version);
  if (has_block_) H5Pset_userblock(creation.get(), user_block_bytes(most_ranges));
  // Records of runs begin with a page.
  constexpr hsize_t page = 4096;
  if (has_block_ && kind == Kind::live) H5Pset_alignment(access.get(), page, page);
  file_ = Handle(H5Fcreate(partial_.c_str(), H5F_ACC_TRUNC, creation.get(), access.get()), H5Fclose);
  if (!file_) {
    const auto reason = last_error();
    fs::remove(partial_, status);
    throw FileError(fmt::format("{}: cannot be created: {}", partial_.string(), reason));
  }
}

NewFile::~NewFile() {
  if (in_place_) return;
  file_.reset();
  std::error_code status;
  fs::remove(partial_, status);
}

void NewFile::close() {
  if (!file_.reset())
    throw FileError(fmt::format("{}: cannot be completed: {}", partial_.string(), last_error()));
}

void NewFile::put_in_place(const std::vector<std::string>& data) {
  close();
  if (has_block_) {
    std::vector<ByteRange> ranges;
    {
      const Handle access(serial_properties(), H5Pclose);
      const Handle file(H5Fopen(partial_.c_str(), H5F_ACC_RDONLY, access.get()), H5Fclose);
      std::vector<Handle> datasets;
      for (const auto& path : data)
        datasets.emplace_back(H5Dopen2(file.get(), path.c_str(), H5P_DEFAULT), H5Dclose);
      ranges = joined_ranges_of(datasets);
      hsize_t block = 0;
      H5Pget_userblock(Handle(H5Fget_create_plist(file.get()), H5Pclose).get(), &block);
      if (kind_ == Kind::live)
        for (const auto& [begin, bytes] : superblock_changes)
          ranges.push_back({block + begin, bytes});
    }
    write_user_block(partial_, std::move(ranges));
  }
  force_to_disk(partial_);
  rename_durably(partial_, output_);
  in_place_ = true;
}

}  // namespace hdf5

}  // namespace bondscope
