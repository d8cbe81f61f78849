#include "libpmd/store/failure.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "libpmd/base/text/utf8.hpp"

namespace bondscope {
namespace {

bool is_control(const std::string& text, std::size_t at, std::size_t length) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  if (length == 1) return byte(at) < 0x20 || byte(at) == 0x7F;
  return length == 2 && byte(at) == 0xC2 && byte(at + 1) < 0xA0;  // U+0080 to U+009F
}

}  // namespace

const char* to_string(FailureKind kind) {
  constexpr std::array names{"none",       "not_finite", "norm_grew", "start_state",
                             "time_limit", "checksum",   "killed",    "other"};
  return names[std::min(static_cast<std::size_t>(kind), names.size() - 1)];
}

std::string storable_reason(const std::string& text) {
  std::string stored;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = character_bytes(text, at);
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
