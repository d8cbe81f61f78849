#pragma once

// How a farm goes about its runs. Nothing in here changes their results.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "libpmd/store/row_writer.hpp"
#include "libtdse/farm/wall_time.hpp"

namespace bondscope::tdse {

/// What the workers need to know before their first run.
struct WorkOrder {
  std::string store = {};            ///< its file
  std::string configuration = {};    ///< resolved, as the store has it
  StoreShape shape = {};             ///< of the store
  double checkpoint_interval = 600;  ///< s; runs expected to take longer are saved as often; 0: none
  std::string checkpoint_folder =
      {};  ///< for states while runs run, perhaps of each node's own; empty: beside the store
  double run_time_limit = 0;  ///< s; a run that takes longer fails; 0: no limit
  int ranks_per_run = 1;      ///< that share each run
  int threads = 1;            ///< of each rank
  bool node_writers = false;  ///< one worker of each node writes for all of them

  /// Whether all members are equal.
  bool operator==(const WorkOrder&) const = default;

  /// For a message.
  std::string to_text() const;
  /// Throws DataError for what to_text() did not make.
  static WorkOrder from_text(const std::string& text);
};

/// How a farm goes about its runs.
struct FarmSettings {
  WorkOrder order = {};                          ///< what workers are told
  double worker_timeout = 1800;                  ///< s; a busy worker silent for longer is given up; 0: never
  std::optional<std::size_t> max_failures = {};  ///< more stop the farm; empty: see too_many_failures()
  WallTime wall_time = {};                       ///< the limit, if there is one
  std::uint64_t bytes_to_save = 0;               ///< that runs in flight leave when they are stopped, at most
  /// Asked now and then: false if another farm has taken the store over, so that this one must stop at once.
  std::function<bool()> keeps_store = [] { return true; };
};

/// What saving so many bytes may take on a file system that all nodes share, s.
double saving_seconds(std::uint64_t bytes);

/// Without a limit of its own a farm stops when at least ten runs failed, and every fifth of those that
/// ended.
bool too_many_failures(const FarmSettings& settings, std::size_t failed, std::size_t ended);

}  // namespace bondscope::tdse
