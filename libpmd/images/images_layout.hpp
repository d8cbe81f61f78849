#pragma once

// The layout of an images file: the skeleton's creation, its checked reading, checksums and compression.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <hdf5.h>

#include "libpmd/images/images_file.hpp"
#include "libpmd/store/hdf5_handle.hpp"
#include "libpmd/store/hdf5_reader.hpp"

namespace bondscope::images_layout {

inline constexpr const char* format = "tdse-pmd-images";  ///< the attribute `format`
/// The attribute `format_version`.
inline constexpr std::uint64_t format_version = ImagesFile::current_format;

inline constexpr const char* distribution_1d = "/distribution_1d";  ///< float32 [run, kx]
inline constexpr const char* centres = "/kx";                       ///< float64 [kx]
inline constexpr const char* source_checksum = "/source_checksum";  ///< uint64 [run]

/// Of a representation: /images/NAME/what.
std::string path_of(const Representation& representation, const char* what);
/// The dataset of a diagnostic.
std::string diagnostics_path(const DiagnosticsField& field);

/// An extent as it lies in the file.
using StoredExtent = std::array<double, 4>;

/// All objects and attributes; the axes with their values, the rest only as space.
void write_skeleton(hid_t file, const ImagesDescription& description, const std::filesystem::path& name,
                    int level);

/// XXH3-64 of an image's pixels.
std::uint64_t checksum(const KeptImage& image);

/// An images file, whatever its format.
class Content {
 public:
  virtual ~Content() = default;

  std::uint64_t format_version = images_layout::format_version;  ///< that the file has
  ImagesDescription description;                                 ///< all but the images
  std::vector<double> centres;                  ///< of the intervals of distribution_1d(), a.u.
  std::vector<Diagnostics> diagnostics;         ///< by row
  std::vector<std::uint64_t> source_checksums;  ///< by row

  // Both throw DataError without file and run.
  /// An image, compared with its checksum.
  virtual KeptImage image(std::size_t representation, std::size_t row) const = 0;
  /// DP/dkx of a row, a.u.⁻¹.
  virtual std::vector<float> distribution_1d(std::size_t row) const = 0;
};

/// Reads and checks all but the pixels. Throws DataError.
std::unique_ptr<Content> read(const hdf5::CheckedReader& reader, hid_t file);

/// Of this format and older ones.
AxisRange read_axis(const hdf5::CheckedReader& reader, const std::string& name);

/// A dataset's filters applied outside HDF5, where threads can do it at the same time.
class Packer {
 public:
  /// Reads the filters: any number of shuffles, and deflate behind them. Throws FileError if it has others.
  explicit Packer(hid_t dataset);

  /// What H5Dwrite_chunk() takes for a chunk.
  std::vector<std::byte> pack(std::span<const std::byte> chunk) const;

 private:
  std::vector<std::size_t> elements_;  ///< bytes of an element, for each shuffle
  int level_ = 0;
};

}  // namespace bondscope::images_layout
