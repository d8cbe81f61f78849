#pragma once

// Spans of time, measured by a clock that nobody sets.

#include <chrono>

namespace bondscope {

using Clock = std::chrono::steady_clock;  ///< for durations: never set back

/// Seconds since `begin`.
inline double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

}  // namespace bondscope
