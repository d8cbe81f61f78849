#pragma once

// The user block at the head of a store or images file: bytes that HDF5 and h5py skip, and that vouch for
// everything in the file but its data, before HDF5 looks at it.
//
// clang-format off
// All numbers are little-endian. The block has 512·2^k bytes, at least 4096; HDF5's own signature follows it.
//
//    0  text[16]  "BONDSCOPE-HDF5\r\n"
//   16  uint32    version of this block, 1
//   20  uint32    n, the number of data ranges
//   24  uint64    bytes of the whole file
//   32  uint64    XXH3-64 of the skeleton: all bytes behind the block that lie in no data range, in order
//   40  uint64    XXH3-64 of the block itself, with these eight bytes zero
//   48  n × {uint64 begin, uint64 bytes}: the data ranges, increasing, disjoint, counted from the file's begin
//       zeros up to the block's end
// clang-format on
//
// Data are the bytes that change, or that checksums of rows cover: distributions and, in a live store, the
// records of its runs, and what HDF5 changes of its superblock while the file is open for writing (bytes 11
// and 44 to 47, by HDF5's own checksum). The skeleton never changes once the file has its name.

#include <cstdint>
#include <filesystem>
#include <vector>

namespace bondscope {

/// A stretch of a file.
struct ByteRange {
  std::uint64_t begin = 0, bytes = 0;  ///< first byte, counted from the file's beginning, and length

  /// By position.
  auto operator<=>(const ByteRange&) const = default;
};

/// The size of a block that has room for so many ranges. Throws DataError for more than 16 million.
std::uint64_t user_block_bytes(std::size_t ranges);

/// Fills the block of a complete file that nobody has open, whatever the order of the ranges; touching ones
/// are joined. Throws FileError, DataError (no block, or one that is too small; ranges that overlap or lie
/// outside of the file).
void write_user_block(const std::filesystem::path& file, std::vector<ByteRange> ranges);

/// Whether the file begins as a user block does. False if it cannot be read.
bool has_user_block(const std::filesystem::path& file);

/// Reads the block and the skeleton, and nothing else. Throws FileError (not readable), DataError (truncated,
/// damaged) with the file and what is wrong with which part of it.
void check_user_block(const std::filesystem::path& file);

}  // namespace bondscope
