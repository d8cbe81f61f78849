#include "libpmd/base/text/number.hpp"

#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "libpmd/base/error.hpp"

namespace bondscope {

std::string format_number(double value) {
  char buffer[40];
  const auto [end, status] = std::to_chars(buffer, buffer + sizeof buffer, value);
  return status == std::errc() ? std::string(buffer, end) : std::to_string(value);
}

std::optional<double> read_number(std::string_view text) {
  if (!text.empty() && text.front() == '+') text.remove_prefix(1);
  double value = 0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (status != std::errc() || end != text.data() + text.size()) return {};
  return value;
}

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

bool Range::contains(double value) const {
  if (!std::isfinite(value)) return false;
  return (min_open ? value > min : value >= min) && (max_open ? value < max : value <= max);
}

std::string Range::describe() const {
  if (min == max) return format_number(min);
  std::string text = "a number";
  if (std::isfinite(min)) text += (min_open ? " > " : " >= ") + format_number(min);
  if (std::isfinite(max))
    text += std::string(std::isfinite(min) ? " and" : "") + (max_open ? " < " : " <= ") + format_number(max);
  return text;
}

}  // namespace bondscope
