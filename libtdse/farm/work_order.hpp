#pragma once

// What a farm's workers need to know before their first run.

#include <string>

namespace bondscope::tdse {

struct WorkOrder {
  std::string store;                 ///< absolute path
  double checkpoint_interval = 600;  ///< s; runs expected to take longer are saved as often; 0: none
  double run_time_limit = 0;         ///< s; a run that takes longer fails; 0: no limit
  int ranks_per_run = 1;
  int threads = 1;  ///< of each rank

  bool operator==(const WorkOrder&) const = default;

  std::string to_text() const;
  /// Throws DataError for what to_text() did not make.
  static WorkOrder from_text(const std::string& text);
};

}  // namespace bondscope::tdse
