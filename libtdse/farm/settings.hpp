#pragma once

// How a farm goes about its runs. Nothing in here changes their results.

#include <cstddef>
#include <optional>

#include "libtdse/farm/wall_time.hpp"

namespace bondscope::tdse {

struct FarmSettings {
  double checkpoint_interval = 600;  ///< s, as in WorkOrder
  double run_time_limit = 0;         ///< s, as in WorkOrder
  double worker_timeout = 1800;      ///< s; a busy worker silent for longer is given up; 0: never
  std::optional<std::size_t>
      max_failures;  ///< more failed runs stop the farm; empty: see too_many_failures()
  WallTime wall_time;
  int ranks_per_run = 1;
  int threads = 1;  ///< of each rank
};

/// Without a limit of its own a farm stops when at least ten runs failed, and every fifth of those that
/// ended.
bool too_many_failures(const FarmSettings& settings, std::size_t failed, std::size_t ended);

}  // namespace bondscope::tdse
