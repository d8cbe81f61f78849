#pragma once

// Which share of a data set a store holds: job arrays divide one among several farms.

#include <optional>
#include <set>
#include <string>

namespace bondscope {

inline constexpr int most_parts = 1'000'000;

/// Some of `count` shares, numbered from 1. One farm has one; stores that were merged may have several.
struct DataSetPart {
  std::set<int> shares;
  int count = 1;

  bool operator==(const DataSetPart&) const = default;
};

/// Reads "2/4", or "1,3/4" of several shares. Empty if the text is not of that form: numbers without signs or
/// leading zeros, increasing, 1 <= share <= count <= most_parts.
std::optional<DataSetPart> parse_part(const std::string& text);
std::string to_string(const DataSetPart& part);

}  // namespace bondscope
