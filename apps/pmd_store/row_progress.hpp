#pragma once

// Progress of work on many rows, and how it is stopped.

#include <chrono>
#include <cstddef>
#include <string>
#include <utility>

#include "apps/progress_printer.hpp"

/// From here on SIGINT and SIGTERM only ask to stop, so that what is half made can be removed.
void catch_signals();

/// How many runs of how many, and the time left.
class RowProgress {
 public:
  explicit RowProgress(std::string what) : what_(std::move(what)) {}

  /// False if a signal asked to stop.
  bool operator()(std::size_t done, std::size_t all);
  void end() const { printer_.end(); }

 private:
  std::string what_;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  ProgressPrinter printer_{std::chrono::seconds(3)};
};
