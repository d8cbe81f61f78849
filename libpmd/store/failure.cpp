#include "libpmd/store/failure.hpp"

#include <algorithm>
#include <string_view>

namespace bondscope {
namespace {

/// Bytes of the UTF-8 character at `at`; 0 if there is none.
std::size_t character_length(const std::string& text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned lead = byte(at);
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xC2 && lead <= 0xDF   ? 2
                             : lead >= 0xE0 && lead <= 0xEF ? 3
                             : lead >= 0xF0 && lead <= 0xF4 ? 4
                                                            : 0;
  if (length == 0 || length > text.size() - at) return 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((byte(at + i) & 0xC0) != 0x80) return 0;
  return length;
}

bool is_control(const std::string& text, std::size_t at, std::size_t length) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  if (length == 1) return byte(at) < 0x20 || byte(at) == 0x7F;
  return length == 2 && byte(at) == 0xC2 && byte(at + 1) < 0xA0;  // U+0080 to U+009F
}

}  // namespace

const char* to_string(FailureKind kind) {
  switch (kind) {
    case FailureKind::none:
      return "none";
    case FailureKind::not_finite:
      return "not_finite";
    case FailureKind::norm_grew:
      return "norm_grew";
    case FailureKind::start_state:
      return "start_state";
    case FailureKind::time_limit:
      return "time_limit";
    case FailureKind::checksum:
      return "checksum";
    case FailureKind::killed:
      return "killed";
    case FailureKind::other:
      break;
  }
  return "other";
}

std::string storable_reason(const std::string& text) {
  std::string stored;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = character_length(text, at);
    std::string_view character(text.data() + at, length);
    if (length == 0)
      character = "?";
    else if (is_control(text, at, length))
      character = " ";
    if (stored.size() + character.size() > reason_bytes) break;
    stored += character;
    at += std::max<std::size_t>(length, 1);
  }
  return stored;
}

}  // namespace bondscope
