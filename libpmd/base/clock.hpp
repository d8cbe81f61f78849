#pragma once

// Spans of time, measured by a clock that nobody sets.

#include <chrono>

namespace bondscope {

using Clock = std::chrono::steady_clock;

inline double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

}  // namespace bondscope
