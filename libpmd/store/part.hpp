#pragma once

// Which share of a data set a store holds: job arrays divide one among several farms.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace bondscope {

inline constexpr int most_parts = 1'000'000;

/// Some of `count` shares, numbered from 1; by default the whole data set. One farm has one share; stores
/// that were merged may have several. Share i has the runs i - 1, i - 1 + count, …: all shares have runs of
/// all kinds.
struct DataSetPart {
  std::set<int> shares = {1};
  int count = 1;

  bool operator==(const DataSetPart&) const = default;
};

/// Reads "2/4", or "1,3/4" of several shares. Empty if the text is not of that form: numbers without signs or
/// leading zeros, increasing, 1 <= share <= count <= most_parts.
std::optional<DataSetPart> parse_part(const std::string& text);
/// One share. Throws ConfigError for anything but I/N with 1 <= I <= N <= most_parts.
DataSetPart read_share(const std::string& text);

/// As StoreDescription::part has it: "" for the whole data set.
std::string to_string(const DataSetPart& part);

/// Numbers of the part's runs in a data set of `runs`, increasing. Throws ConfigError if there are none.
std::vector<std::uint64_t> run_numbers(const DataSetPart& part, std::size_t runs);

}  // namespace bondscope
