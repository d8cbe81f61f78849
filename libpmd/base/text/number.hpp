#pragma once

// Numbers as text, and which of them are admissible.

#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace bondscope {

/// Shortest text that reads back to the same double ("3.9e+14", "0.5").
std::string format_number(double value);

/// The whole text as a number; empty if it is none.
std::optional<double> read_number(std::string_view text);

/// "1 run", "2 runs"
std::string counted(std::integral auto count, std::string_view noun) {
  return std::to_string(count).append(" ").append(noun) + (count == 1 ? "" : "s");
}

/// Of a checksum: 16 digits.
std::string hexadecimal(std::uint64_t value);
/// Throws DataError for anything but 16 digits.
std::uint64_t from_hexadecimal(std::string_view text);

/// Interval of admissible numbers; open ends are excluded.
struct Range {
  /// Lower end.
  double min = -std::numeric_limits<double>::infinity();
  /// Upper end.
  double max = std::numeric_limits<double>::infinity();
  bool min_open = false;  ///< whether the lower end is excluded
  bool max_open = false;  ///< whether the upper end is excluded

  /// All finite numbers.
  static Range any() { return {}; }
  /// Above 0.
  static Range positive() { return {.min = 0.0, .min_open = true}; }
  /// Not below `min`.
  static Range at_least(double min) { return {.min = min}; }
  /// Both ends included.
  static Range between(double min, double max) { return {.min = min, .max = max}; }
  /// (0, max]
  static Range positive_up_to(double max) { return {.min = 0.0, .max = max, .min_open = true}; }

  bool contains(double value) const;  ///< false for NaN and infinities
  std::string describe() const;       ///< e.g. "a number > 0 and <= 10"
};

/// From one number to another.
struct Interval {
  double min = 0, max = 0;  ///< its ends

  /// Whether all members are equal.
  bool operator==(const Interval&) const = default;
};

}  // namespace bondscope
