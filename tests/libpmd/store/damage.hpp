#pragma once

// Hurting files on purpose.

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <hdf5.h>

#include "libpmd/store/hdf5_handle.hpp"
#include "libpmd/store/hdf5_writer.hpp"
#include "libpmd/store/user_block.hpp"

namespace damage {

inline std::string read_all(const std::filesystem::path& file) {
  std::ostringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  return text.str();
}

inline void write_all(const std::filesystem::path& file, const std::string& bytes) {
  std::ofstream(file, std::ios::binary) << bytes;
}

/// Where the bytes of a contiguous dataset begin in the file.
inline std::size_t offset_of(const std::filesystem::path& file, const char* dataset) {
  const bondscope::hdf5::Handle opened(H5Fopen(file.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose);
  const bondscope::hdf5::Handle set(H5Dopen2(opened.get(), dataset, H5P_DEFAULT), H5Dclose);
  return H5Dget_offset(set.get());
}

struct Chunk {
  std::size_t offset = 0, bytes = 0;
};
/// Where a row of a dataset of one chunk per row lies in the file.
inline Chunk chunk_of(const std::filesystem::path& file, const char* dataset, std::size_t row) {
  const bondscope::hdf5::Handle opened(H5Fopen(file.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose);
  const bondscope::hdf5::Handle set(H5Dopen2(opened.get(), dataset, H5P_DEFAULT), H5Dclose);
  const auto range = bondscope::hdf5::ranges_of(set.get()).at(row);
  return {range.begin, range.bytes};
}

inline void flip(const std::filesystem::path& file, std::size_t position, char bits = 0x10) {
  std::fstream bytes(file, std::ios::binary | std::ios::in | std::ios::out);
  bytes.exceptions(std::ios::failbit | std::ios::badbit);
  bytes.seekg(static_cast<std::streamoff>(position));
  const auto value = static_cast<char>(bytes.get());
  bytes.seekp(static_cast<std::streamoff>(position));
  bytes.put(static_cast<char>(value ^ bits));
}

/// Makes the user block vouch for whatever the file is now, as somebody who made it up would.
inline void vouch(const std::filesystem::path& file,
                  std::initializer_list<const char*> paths = {"/pmd", "/runs/record"}) {
  std::vector<bondscope::ByteRange> data;
  {
    const bondscope::hdf5::Quiet quiet;
    const bondscope::hdf5::Handle opened(H5Fopen(file.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose);
    for (const char* path : paths) {
      const bondscope::hdf5::Handle set(H5Dopen2(opened.get(), path, H5P_DEFAULT), H5Dclose);
      if (!set) continue;
      const auto ranges = bondscope::hdf5::ranges_of(set.get());
      data.insert(data.end(), ranges.begin(), ranges.end());
    }
  }
  std::ranges::sort(data);
  data.erase(std::unique(data.begin(), data.end()), data.end());  // chunks of several rows
  bondscope::write_user_block(file, data);
}

/// Where a record of a run begins in a live store.
inline std::size_t record_of(const std::filesystem::path& file, std::size_t run) {
  return offset_of(file, "/runs/record") + run * 4096;
}

}  // namespace damage
