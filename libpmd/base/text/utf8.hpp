#pragma once

// Characters of UTF-8 texts.

#include <cstddef>
#include <string_view>

namespace bondscope {

/// Bytes of the character that starts at `at`; 0 if there is none (cut off, overlong, a surrogate or beyond
/// U+10FFFF).
std::size_t character_bytes(std::string_view text, std::size_t at);

/// Number of characters of a well-formed text.
std::size_t character_count(std::string_view text);

/// The text's first characters, as many as `most_bytes` hold.
std::string_view first_characters(std::string_view text, std::size_t most_bytes);

}  // namespace bondscope
