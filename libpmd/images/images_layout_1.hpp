#pragma once

// Images files of format 1: one representation, all attributes of the file itself.
//
//   /                      attributes: format, format_version, floor, width, height, view (if not plane),
//   kx_min, …,
//                          ky_points, description_checksum, seal, and those of a store of format 2
//   /images                uint8 [run, kx, ky], one deflated chunk per run
//   /distribution_1d       float32 [run, kx], and /axes/kx
//   /extent                float64 [run, 4]
//   /diagnostics           compound [run]
//   /source_checksum       uint64 [run]
//   /checksum              uint64 [run], XXH3-64 of the row's image, distribution and extent
//
// The seal is XXH3-64 of the description's checksum and of every column that /checksum does not cover.

#include <memory>

#include "libpmd/images/images_layout.hpp"

namespace bondscope::images_layout_1 {

inline constexpr std::uint64_t format_version = 1;  ///< of the format that is read here

/// Throws DataError.
std::unique_ptr<images_layout::Content> read(const hdf5::CheckedReader& reader, hid_t file);

}  // namespace bondscope::images_layout_1
