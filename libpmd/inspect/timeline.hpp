#pragma once

// What the workers of a farm did when, from the journal that tdse_farm writes beside its store
// (STORE.log.jsonl: one JSON object per line), in numbers and as a picture.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace bondscope {

/// How a bar ends.
enum class RunOutcome {
  done,
  failed,
  interrupted,  ///< begun, stopped on request or by the time limit
  unknown       ///< begun and never heard of again: the worker lost, the farm killed, or still running
};

/// One run on one worker. Times in seconds since the Timeline's begin.
struct TimelineBar {
  std::size_t worker = 0;                 ///< from 0; the journal's number less one
  std::size_t run = 0;                    ///< row in the store
  double begin = 0, end = 0;              ///< s
  RunOutcome outcome = RunOutcome::done;  ///< how it ended
};

/// One farm of the journal; a farm that is continued appends another. Times as above.
struct TimelineFarm {
  std::string store, dataset, preset, machine;  ///< as the journal has them
  std::size_t runs = 0, done_before = 0;  ///< rows of the store, and how many of them were done at the start
  std::size_t workers = 0;                ///< that the farm had
  double begin = 0, end = 0;              ///< s
  bool ended = false;             ///< its end is recorded; otherwise it was killed or is still at work
  std::string reason;             ///< of a stop before all was done
  std::vector<std::size_t> lost;  ///< workers that were silent at the end, ascending
};

/// A failed attempt.
struct TimelineFailure {
  std::size_t run = 0, worker = 0;  ///< row of the store, and who tried
  std::uint32_t attempt = 0;        ///< which attempt
  std::string kind, reason;         ///< as the store has them
};

/// What a journal says, farm by farm.
struct Timeline {
  double begin = 0;                       ///< of the first farm, seconds since 1970
  std::vector<TimelineFarm> farms;        ///< one after the other
  std::vector<TimelineBar> bars;          ///< by worker, then by begin; those of one worker do not overlap
  std::vector<TimelineFailure> failures;  ///< of all farms
  std::size_t bad_lines = 0;  ///< in the whole journal, not understood; half a last line is not counted

  double duration() const;      ///< end of the last farm
  std::size_t workers() const;  ///< the most that a farm had
};

/// Which farms a picture shows.
enum class FarmsShown { last, all };

/// The journal of a store, STORE.log.jsonl; a name that ends in .jsonl is a journal's already.
std::filesystem::path journal_of(const std::filesystem::path& store_or_journal);

/// Lines that are no JSON, lack a key or hold a value out of range are counted and skipped; so is what stands
/// before the first farm. A run without outcome lasts from its assignment, or from the end of the worker's
/// run before it, until its worker is lost or the farm ends; where no end is recorded, until the last event.
/// Throws FileError if the file cannot be read, DataError if no farm begins in it or it is larger than 4 GiB.
Timeline read_timeline(const std::filesystem::path& journal, FarmsShown shown = FarmsShown::last);

/// How busy a farm's workers were, and where time was lost; over all farms of the timeline, in seconds.
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

  /// Busy over available time; 0 of nothing.
  double efficiency() const { return available > 0 ? busy / available : 0; }
};

/// Adds up a timeline.
TimelineSummary summarise(const Timeline& timeline);

/// Mean number of busy workers in each of `bins` equal parts of the timeline, and the number of runs done in
/// this timeline by the end of each.
struct TimelineCourse {
  std::vector<double> busy_workers, runs_done;  ///< by part of the timeline
};
/// In `bins` parts.
TimelineCourse course(const Timeline& timeline, std::size_t bins);

/// For a terminal.
std::string timeline_text(const Timeline& timeline, const TimelineSummary& summary);

/// The picture of a timeline. Above a row for each worker, runs coloured by outcome (neighbouring ones in two
/// shades), idle time pale, nothing where there was no such worker. Below the number of busy workers and the
/// runs done so far. The title tells efficiency = busy time / (workers × duration). What is smaller than a
/// pixel is averaged: more than 700 workers share rows, short runs share columns; a failed run stays visible
/// in its pixel however short it was. Throws as Gnuplot::write().
void draw_timeline(const Timeline& timeline, const std::filesystem::path& png);

}  // namespace bondscope
