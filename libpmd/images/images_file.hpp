#pragma once

// clang-format off
// The images file: what is learned from, made of one store, sealed and compressed; h5py reads it, too.
//
// Layout (format 2; row i of every dataset belongs to run i; every object carries `meaning`, every dataset `unit`):
//   user block                    as in a store (user_block.hpp): vouches for all but the pixels
//   /                             attributes: format, format_version, representations (their names, with commas between),
//                                 kx_min, kx_max, kx_points, ky_min, ky_max, ky_points (the store's axes), and those of a
//                                 store that say how it was made (store.hpp)
//   /run, /parameters, /unknown, /measured, /derivation, /provenance    as in a store
//   /images/NAME                  a representation; attributes view, window, kx_min, kx_max, ky_min, ky_max, energy_min,
//                                 energy_max, scale, floor, exponent, normalisation, values, width, height: ImageSettings
//   /images/NAME/pixels           uint8 (values = bytes) or float32 (floats) [run, kx, ky], one deflated chunk per run
//   /images/NAME/extent           float64 [run, 4]: kx_min, kx_max, ky_min, ky_max of each image, a.u.; window = crop
//   /images/NAME/edge             text [4], the names of these
//   /images/NAME/kx, ky           float64, centres of the pixels, a.u.; window = fixed. For ky (and kx): of the views
//                                 energy (hartree) and angular (radians) /images/NAME/energy, angle, and a single 0.
//                                 window = crop: share_kx, share_ky from 0 to 1, edge to edge of the image's extent
//   /images/NAME/checksum         uint64 [run], XXH3-64 of the run's pixels as they are in memory, little-endian
//   /distribution_1d              float32 [run, kx], dP/dkx, a.u.⁻¹
//   /kx                           float64, where the values of /distribution_1d belong
//   /diagnostics/NAME             float64 [run], for each of diagnostics_fields
//   /source_checksum              uint64 [run], of the run's payload in the store
// clang-format on
//
// /run, /kx and the pixels' axes are dimension scales. Opening finds damage to anything but the pixels, and
// reading a row finds that. Files of format 1 have one representation, which is called "image" here.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "libpmd/images/image.hpp"
#include "libpmd/images/representation.hpp"
#include "libpmd/store/store.hpp"

namespace bondscope {

/// Of /distribution_1d.
inline constexpr int points_1d = 256;

/// A momentum axis of the store, equidistant.
struct AxisRange {
  double min = 0, max = 0;   ///< first and last point, a.u.
  std::uint64_t points = 0;  ///< from the first to the last, equidistant

  /// Whether all members are equal.
  bool operator==(const AxisRange&) const = default;
};

/// What an images file says of itself, beside its rows.
struct ImagesDescription {
  std::vector<Representation> representations;  ///< at least one
  AxisRange kx, ky;                             ///< momentum axes of the store
  StoreDescription source;                      ///< of the runs in this file, with empty axes
};

/// Whether a file says that it is an images file; false if there is none or it cannot be opened.
bool is_images_file(const std::filesystem::path& file);

/// Reads. Not for use by several threads at a time.
class ImagesFile {
 public:
  static constexpr std::uint64_t current_format = 2;  ///< that is written

  /// Checks user block (of format 1: checksums and seal), format, version and extents. Throws FileError
  /// (missing, not readable), DataError (not HDF5, foreign HDF5, other version, truncated, damaged,
  /// impossible sizes), each naming the file and what is wrong.
  static ImagesFile open(const std::filesystem::path& file);

  ImagesFile(ImagesFile&&) noexcept;
  ImagesFile& operator=(ImagesFile&&) noexcept;
  ~ImagesFile();

  /// The file's name.
  const std::filesystem::path& path() const;
  /// All but the images.
  const ImagesDescription& description() const;
  /// That it has.
  std::uint64_t format_version() const;
  std::size_t size() const;  ///< number of runs
  /// Of the intervals of distribution_1d(), a.u.
  std::vector<double> centres() const;
  /// As the store's record had them.
  Diagnostics diagnostics(std::size_t row) const;
  /// The run's payload_checksum in its store.
  std::uint64_t source_checksum(std::size_t row) const;
  /// Size of the whole file.
  std::uint64_t file_bytes() const;

  /// A run's image in one of the representations, by its position. Throws DataError that names the run if it
  /// does not match its checksum.
  KeptImage image(std::size_t representation, std::size_t row) const;
  /// dP/dkx, a.u.⁻¹, at centres(). Throws DataError as image().
  std::vector<float> distribution_1d(std::size_t row) const;

 private:
  struct Impl;
  explicit ImagesFile(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace bondscope
