#pragma once

// clang-format off
// The images file: what is learned from, made of one store, sealed and compressed; h5py reads it, too.
//
// Layout (format 1; row i of every dataset belongs to run i; every object carries `unit` and `meaning`):
//   /                             attributes: format, format_version, floor, width, height, kx_min, kx_max, kx_points,
//                                 ky_min, ky_max, ky_points (the store's axes), description_checksum, seal, and those
//                                 of a store that say how it was made (store.hpp)
//   /parameters, /derivation      as in a store
//   /images                       uint8 [run, kx, ky], grey levels, one deflated chunk per run
//   /distribution_1d              float32 [run, kx], dP/dkx, a.u.⁻¹
//   /axes/kx                      float64, where the values of /distribution_1d belong
//   /extent                       float64 [run, 4]: kx_min, kx_max, ky_min, ky_max of the image, a.u.
//   /diagnostics                  as in a store
//   /source_checksum              uint64 [run], of the run's payload in the store
//   /checksum                     uint64 [run], XXH3-64 of the row's image, distribution and extent
// clang-format on
//
// The seal is XXH3-64 of the description and of every column that /checksum does not cover, /checksum itself
// included: opening finds damage to anything but the rows' own data, and reading a row finds that.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "libpmd/images/image.hpp"
#include "libpmd/store/store.hpp"

namespace bondscope {

/// Of /distribution_1d.
inline constexpr int points_1d = 256;

/// A momentum axis of the store, equidistant.
struct AxisRange {
  double min = 0, max = 0;  ///< first and last point, a.u.
  std::uint64_t points = 0;

  bool operator==(const AxisRange&) const = default;
};

struct ImagesDescription {
  ImageSettings image;
  AxisRange kx, ky;
  StoreDescription source;  ///< of the runs in this file, with empty axes
};

/// What the file has of one run.
struct ImageRow {
  std::vector<std::uint8_t> pixels;    ///< [kx][ky]
  std::vector<float> distribution_1d;  ///< dP/dkx, a.u.⁻¹, at centres()
  Extent extent;
};

/// Whether a file says that it is an images file; false if there is none or it cannot be opened.
bool is_images_file(const std::filesystem::path& file);

/// Reads. Not for use by several threads at a time.
class ImagesFile {
 public:
  /// Checks format, version, extents and seal. Throws FileError (missing, not readable), DataError (not HDF5,
  /// foreign HDF5, other version, truncated, damaged, impossible sizes), each naming the file and what is
  /// wrong.
  static ImagesFile open(const std::filesystem::path& file);

  ImagesFile(ImagesFile&&) noexcept;
  ImagesFile& operator=(ImagesFile&&) noexcept;
  ~ImagesFile();

  const std::filesystem::path& path() const;
  const ImagesDescription& description() const;
  std::size_t size() const;  ///< number of images
  std::vector<double> centres() const;
  Diagnostics diagnostics(std::size_t row) const;
  std::uint64_t source_checksum(std::size_t row) const;
  std::uint64_t file_bytes() const;

  /// Throws DataError that names the run if it does not match its checksum.
  ImageRow row(std::size_t row) const;

 private:
  struct Impl;
  explicit ImagesFile(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace bondscope
