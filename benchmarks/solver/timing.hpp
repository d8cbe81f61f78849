#pragma once

// Time as the benchmarks take it.

#include <algorithm>
#include <chrono>
#include <limits>
#include <vector>

namespace bondscope::tdse::bench {

/// Seconds since some moment.
inline double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// The shortest of several times: the one that the rest of the machine disturbed least.
struct Best {
  double value = std::numeric_limits<double>::infinity();
  /// Whether this time is the shortest so far.
  bool take(double seconds) {
    const bool better = seconds < value;
    if (better) value = seconds;
    return better;
  }
};

inline double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace bondscope::tdse::bench
