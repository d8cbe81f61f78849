#include "libpmd/base/text/hexadecimal.hpp"

#include <charconv>

#include <fmt/format.h>

#include "libpmd/base/error.hpp"

namespace bondscope {

std::string hexadecimal(std::uint64_t value) {
  return fmt::format("{:016x}", value);
}

std::uint64_t from_hexadecimal(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (status != std::errc() || end != text.data() + text.size() || text.size() != 16)
    throw DataError(fmt::format("'{}' is not a checksum of 16 hexadecimal digits", text));
  return value;
}

}  // namespace bondscope
