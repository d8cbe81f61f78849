#pragma once

// A farm's timeline in numbers: how busy its workers were, and where time was lost.

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "libpmd/inspect/timeline.hpp"

namespace bondscope {

/// Over all farms of the timeline; times in seconds.
struct TimelineSummary {
  std::size_t workers = 0;  ///< the most that a farm had
  double wall = 0;          ///< from begin to end, the farms added up
  double available = 0;     ///< workers × wall, the farms added up
  double busy = 0;          ///< time within runs, whatever became of them
  double useful = 0;        ///< time within runs that are done
  std::size_t done = 0, failed = 0, interrupted = 0, unknown = 0;  ///< bars by outcome
  std::size_t lost_workers = 0;                                    ///< silent when their farm ended
  double start = 0;  ///< mean time from a farm's begin to a worker's first run
  /// From the moment at which, in the last farm, the first worker had done its last run until that farm's
  /// end, and the time that workers stood idle in it. Workers without a run and lost ones do not count.
  double tail = 0, tail_idle = 0;
  std::optional<TimelineBar> longest;  ///< of the runs that are done

  double efficiency() const { return available > 0 ? busy / available : 0; }
};

TimelineSummary summarise(const Timeline& timeline);

/// Mean number of busy workers in each of `bins` equal parts of the timeline, and the number of runs done in
/// this timeline by the end of each.
struct TimelineCourse {
  std::vector<double> busy_workers, runs_done;
};
TimelineCourse course(const Timeline& timeline, std::size_t bins);

/// For a terminal.
std::string timeline_text(const Timeline& timeline, const TimelineSummary& summary);

}  // namespace bondscope
