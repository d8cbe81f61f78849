#pragma once

// Hurting files on purpose.

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include <hdf5.h>

#include "libpmd/store/hdf5_handle.hpp"

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

inline void flip(const std::filesystem::path& file, std::size_t position, char bits = 0x10) {
  std::fstream bytes(file, std::ios::binary | std::ios::in | std::ios::out);
  bytes.exceptions(std::ios::failbit | std::ios::badbit);
  bytes.seekg(static_cast<std::streamoff>(position));
  const auto value = static_cast<char>(bytes.get());
  bytes.seekp(static_cast<std::streamoff>(position));
  bytes.put(static_cast<char>(value ^ bits));
}

}  // namespace damage
