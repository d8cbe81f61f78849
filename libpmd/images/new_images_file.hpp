#pragma once

// An images file that is being made.

#include <cstddef>
#include <filesystem>
#include <span>
#include <vector>

#include "libpmd/images/images_layout.hpp"
#include "libpmd/store/file_access.hpp"

namespace bondscope {

/// Takes the rows in their order. Nothing is left behind unless it is put in place. Throws FileError.
class NewImagesFile {
 public:
  /// `level` of the compression: 0 (none) to 9.
  NewImagesFile(const std::filesystem::path& output, ImagesDescription description, int level);

  /// An image as the file has it.
  struct Packed {
    std::vector<std::byte> bytes;  ///< deflated
    std::uint64_t checksum = 0;    ///< of the pixels before
    Extent extent;                 ///< of an image with a crop of its own
  };
  /// For several threads at a time; but the rest, and all that uses HDF5, for one.
  Packed pack(std::size_t representation, const KeptImage& image) const;

  /// `images`: of each representation.
  void add(std::span<const Packed> images, std::span<const float> distribution_1d,
           const Diagnostics& diagnostics, std::uint64_t source_checksum);
  /// Completes the file and gives it its name. Throws FileError.
  void put_in_place();

 private:
  void write(const std::string& path, hid_t type, const void* values);
  void require(bool ok) const;

  ImagesDescription description_;
  hdf5::NewFile partial_;
  std::vector<hdf5::Handle> pixels_;
  std::vector<images_layout::Packer> packers_;
  std::vector<std::vector<std::uint64_t>> checksums_;              ///< of each representation
  std::vector<std::vector<images_layout::StoredExtent>> extents_;  ///< of each representation
  hdf5::Handle distribution_1d_;
  std::vector<Diagnostics> diagnostics_;
  std::vector<std::uint64_t> source_checksums_;
};

}  // namespace bondscope
