#pragma once

// What the strips of a TIFF are packed with.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace bondscope::table_formats {

/// The first `bytes` of a strip: compression 1 (none), 5 (LZW), 8 and 32946 (Deflate), 32773 (PackBits).
/// Throws DataError (another compression, damaged, fewer bytes).
std::string unpack_strip(std::string_view packed, std::uint64_t compression, std::size_t bytes);

}  // namespace bondscope::table_formats
