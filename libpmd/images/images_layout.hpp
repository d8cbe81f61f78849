#pragma once

// The layout of an images file, its checksums and its compression.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

#include <hdf5.h>

#include "libpmd/images/images_file.hpp"
#include "libpmd/store/hdf5_handle.hpp"
#include "libpmd/store/layout_2.hpp"

namespace bondscope::images_layout {

inline constexpr const char* format = "tdse-pmd-images";
inline constexpr std::uint64_t format_version = 1;

inline constexpr const char* images = "/images";
inline constexpr const char* distribution_1d = "/distribution_1d";
inline constexpr const char* centres = "/axes/kx";
inline constexpr const char* extent = "/extent";
inline constexpr const char* diagnostics = "/diagnostics";
inline constexpr const char* source_checksum = "/source_checksum";
inline constexpr const char* checksum = "/checksum";

/// An extent as it lies in the file.
using StoredExtent = std::array<double, 4>;

/// The columns that the seal covers beside the description.
struct SealedColumns {
  std::vector<double> centres;
  std::vector<layout_2::StoredDiagnostics> diagnostics;
  std::vector<std::uint64_t> source_checksums, checksums;
};

/// All objects and attributes but the seal; the columns with their values, the rest only as space.
void write_skeleton(hid_t file, const ImagesDescription& description, const std::filesystem::path& name,
                    int level);

/// XXH3-64 of a row of /images, /distribution_1d and /extent, one behind the other.
std::uint64_t row_checksum(std::span<const std::uint8_t> pixels, std::span<const float> distribution,
                           const StoredExtent& extent);
/// Of everything that the attributes and parameters say.
std::uint64_t description_checksum(const ImagesDescription& description);
std::uint64_t seal(std::uint64_t description_checksum, const SealedColumns& columns);

/// A dataset's filters applied outside HDF5, where threads can do it at the same time.
class Packer {
 public:
  /// Reads the filters of a dataset of bytes: any number of shuffles, and deflate behind them. Throws
  /// FileError if it has others.
  explicit Packer(hid_t dataset);

  /// What H5Dwrite_chunk() takes for a chunk.
  std::vector<std::byte> pack(std::span<const std::uint8_t> chunk) const;

 private:
  std::vector<std::size_t> elements_;  ///< bytes of an element, for each shuffle
  int level_ = 0;
};

}  // namespace bondscope::images_layout
