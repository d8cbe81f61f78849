#pragma once

// Checksums as text.

#include <cstdint>
#include <string>
#include <string_view>

namespace bondscope {

/// 16 digits.
std::string hexadecimal(std::uint64_t value);

/// Throws DataError for anything but 16 digits.
std::uint64_t from_hexadecimal(std::string_view text);

}  // namespace bondscope
