#pragma once

// When a training is saved in the middle of an epoch, and when it must stop to be over in time.

#include <cstddef>
#include <optional>

#include "libml/train/trainer.hpp"

namespace bondscope::ml {

/// Times are seconds since the program began; the clock is the caller's.
class Pace {
 public:
  /// `checkpoint_interval` 0: only epochs are saved.
  Pace(double checkpoint_interval, std::optional<double> time_limit)
      : interval_(checkpoint_interval), limit_(time_limit) {}

  /// The first batch begins.
  void begin(double now) { began_ = saved_ = now; }
  /// A state was written, which took that long.
  void saved(double now, double seconds);
  /// A batch is done: stop if what comes before the next one, twice as slow as the average, may not end
  /// within the time limit; save if the last time was checkpoint_interval ago.
  Request next(double now, const BatchDone& batch);
  /// Whether work as for so many samples fits into what is left of the time limit.
  bool fits(double now, std::size_t samples) const;

 private:
  double interval_;
  std::optional<double> limit_;
  double began_ = 0, saved_ = 0, asked_ = 0, longest_save_ = 0;
  std::size_t samples_ = 0;
};

}  // namespace bondscope::ml
