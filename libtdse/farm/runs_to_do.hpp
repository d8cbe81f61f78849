#pragma once

// Which runs are still to do, and in which order.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "libpmd/store/store.hpp"

namespace bondscope::tdse {

struct RunToDo {
  std::size_t run = 0;
  std::uint32_t attempt = 1;  ///< which attempt this will be
  double cost = 0;            ///< expected, in any unit
  std::uint32_t begun = 0;    ///< how often it was begun by farms that died before its end

  bool operator==(const RunToDo&) const = default;
};

/// The order in which runs are handed out: the longest first, so that no long one starts when the others have
/// nothing left to do; runs of equal cost by their number. Of runs that failed, those with fewer attempts
/// come first. Runs that two farms have died of come last: they may be what kills them.
struct LongestFirst {
  bool operator()(const RunToDo& a, const RunToDo& b) const;
};

enum class Selection {
  pending,  ///< what is neither done nor failed
  failed,   ///< only runs that failed before
};

/// The selected runs, in order. `begun` as Store::begun().
std::vector<RunToDo> runs_to_do(const std::vector<CommitRecord>& commits, const std::vector<double>& costs,
                                const std::vector<std::uint32_t>& begun,
                                Selection selection = Selection::pending);

}  // namespace bondscope::tdse
