#pragma once

// How long a farm may take, and what that means for the runs it starts.

#include <optional>

#include "libpmd/base/clock.hpp"

namespace bondscope::tdse {

/// A moment to be done by.
class WallTime {
 public:
  /// No limit.
  WallTime() = default;
  /// `seconds` from `begin`. The last of them are kept for ending well: 2 %, but at least 5 s (at most a
  /// quarter of the limit) and at most 2 minutes.
  explicit WallTime(double seconds, Clock::time_point begin = Clock::now());

  /// Keeps `seconds` more for ending well, as long as that is no more than a quarter of the limit in all.
  void keep(double seconds);

  std::optional<double> limit() const { return limit_; }  ///< s
  double reserve() const { return reserve_; }             ///< s, kept for ending well
  /// Seconds that runs may still take; infinite without a limit, never negative.
  double left(Clock::time_point now = Clock::now()) const;

 private:
  std::optional<double> limit_;
  double reserve_ = 0;
  Clock::time_point end_;
};

}  // namespace bondscope::tdse
