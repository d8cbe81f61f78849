#pragma once

// One share of a data set, e.g. for one task of a job array.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace bondscope::tdse {

/// Share `index` of `count` has the runs index - 1, index - 1 + count, …: all shares have runs of all kinds.
struct Share {
  std::size_t index = 1, count = 1;

  /// From "3/8". Throws ConfigError for anything but I/N with 1 <= I <= N.
  static Share parse(const std::string& text);
  /// "3/8", or "" for the whole data set: StoreDescription::part.
  std::string text() const;
  /// Numbers of its runs in a data set of `runs`. Throws ConfigError if there are none.
  std::vector<std::uint64_t> numbers(std::size_t runs) const;
};

}  // namespace bondscope::tdse
