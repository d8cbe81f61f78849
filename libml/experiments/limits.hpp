#pragma once

// What ends a process that trains, whatever it trains: a signal or its time limit.

#include <cstddef>
#include <optional>

#include "libpmd/base/clock.hpp"
#include "libpmd/base/process/signals.hpp"

namespace bondscope::ml {

/// When to stop, and how often to save.
class Limits {
 public:
  /// In seconds; the time limit counts from the start of the process, loading of its libraries included.
  Limits(std::optional<double> time_limit, double checkpoint_interval);

  /// Seconds, if there is a limit.
  const std::optional<double>& time_limit() const { return time_limit_; }
  /// Seconds; 0: only after epochs.
  double checkpoint_interval() const { return checkpoint_interval_; }
  /// Seconds since the process began.
  double now() const { return seconds_since(start_); }
  /// Whether a signal asked for an end.
  bool signalled() const { return signals_.request() != StopRequest::none; }

  /// While images are made. Throws Interrupted after a signal; if the time is over, Interrupted if
  /// `something_done`, else ConfigError: to continue would not help.
  void check_loading(std::size_t made, std::size_t all, bool something_done) const;
  /// Between trainings. Throws Interrupted after a signal or when the time is over.
  void check() const { check_loading(0, 0, true); }

 private:
  std::optional<double> time_limit_;
  double checkpoint_interval_;
  Clock::time_point start_;
  SignalWatch signals_;
};

}  // namespace bondscope::ml
