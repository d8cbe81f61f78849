#pragma once

// Which runs are still to do, and in which order.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "libtdse/store/store.hpp"

namespace tdse {

struct PlannedRun {
  std::size_t run = 0;
  std::uint32_t attempt = 1;  ///< which attempt this will be
  double cost = 0;            ///< expected, in any unit

  bool operator==(const PlannedRun&) const = default;
};

/// All runs that are not done, the longest first, so that no long one starts when the others have nothing
/// left to do; runs of equal cost by their number.
std::vector<PlannedRun> make_plan(const std::vector<CommitRecord>& commits, const std::vector<double>& costs);

}  // namespace tdse
