#pragma once

// Named arrays as bytes in the layout of safetensors (https://github.com/huggingface/safetensors), which
// Python reads and in which nothing is executed.
//
// Layout, little-endian:
//   bytes 0…7  size of the header (uint64), a multiple of 8 as we write it
//   header     JSON: {"NAME": {"dtype": "F32", "shape": [...], "data_offsets": [begin, end]}, …}, padded with
//              spaces; offsets count from the end of the header. A "__metadata__" of others is passed over
//   data       the arrays, row-major, in the order of their offsets and without gaps
// Unlike an array file (libpmd/base/files), of which one program reads what it has written, it is for
// strangers: it has no checksum of its own, which model folders add. Of the types that the layout knows F64,
// I64, F32, I16 and U8 are used, written in this order, so that each array is aligned.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "libml/arrays/array.hpp"

namespace bondscope::ml {

/// Four times what images may take in memory (libml/data/samples.hpp), which some methods keep.
inline constexpr std::size_t most_safetensors_bytes = std::size_t{64} << 30;

/// Throws DataError if the number of an array's values does not match its shape, or if one is not finite.
std::string to_safetensors(const std::vector<NamedArray>& arrays);

/// The arrays in the order of their offsets. Every size is checked before memory is asked for. Throws
/// DataError if the bytes are foreign, truncated, oversized, hold an array of another type, two of one name,
/// gaps, or a number that is not finite.
std::vector<NamedArray> from_safetensors(std::string_view bytes);

}  // namespace bondscope::ml
