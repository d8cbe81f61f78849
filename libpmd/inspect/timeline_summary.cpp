#include "libpmd/inspect/timeline_summary.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

#include "libpmd/base/text/duration.hpp"
#include "libpmd/inspect/report_line.hpp"

namespace bondscope {
namespace {

std::string percent(double part, double whole) {
  return number(whole > 0 ? 100 * part / whole : 0, "%.1f") + " %";
}

std::string counted(std::size_t count, const std::string& noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

/// First and last moment of work of each worker in one farm; begin > end for those without a run.
struct Work {
  double begin = std::numeric_limits<double>::infinity(), end = -begin;
};

std::vector<Work> work(const Timeline& timeline, const TimelineFarm& farm) {
  std::vector<Work> all(farm.workers);
  for (const auto& bar : timeline.bars)
    if (bar.worker < all.size() && bar.begin >= farm.begin && bar.end <= farm.end) {
      all[bar.worker].begin = std::min(all[bar.worker].begin, bar.begin);
      all[bar.worker].end = std::max(all[bar.worker].end, bar.end);
    }
  return all;
}

void find_tail(TimelineSummary& s, const Timeline& timeline) {
  const auto& farm = timeline.farms.back();
  const auto all = work(timeline, farm);
  double first = farm.end;
  const auto counts = [&](std::size_t worker) {
    return all[worker].begin <= all[worker].end &&
           !std::binary_search(farm.lost.begin(), farm.lost.end(), worker);
  };
  for (std::size_t i = 0; i < all.size(); ++i)
    if (counts(i)) {
      first = std::min(first, all[i].end);
      s.tail_idle += farm.end - all[i].end;
    }
  s.tail = farm.end - first;
}

}  // namespace

TimelineSummary summarise(const Timeline& timeline) {
  TimelineSummary s;
  s.workers = timeline.workers();
  for (const auto& bar : timeline.bars) {
    const double seconds = bar.end - bar.begin;
    s.busy += seconds;
    switch (bar.outcome) {
      case RunOutcome::done:
        ++s.done;
        s.useful += seconds;
        if (!s.longest || seconds > s.longest->end - s.longest->begin) s.longest = bar;
        break;
      case RunOutcome::failed:
        ++s.failed;
        break;
      case RunOutcome::interrupted:
        ++s.interrupted;
        break;
      case RunOutcome::unknown:
        ++s.unknown;
        break;
    }
  }
  std::size_t started = 0;
  for (const auto& farm : timeline.farms) {
    s.wall += farm.end - farm.begin;
    s.available += (farm.end - farm.begin) * static_cast<double>(farm.workers);
    s.lost_workers += farm.lost.size();
    for (const auto& one : work(timeline, farm))
      if (one.begin <= one.end) {
        s.start += one.begin - farm.begin;
        ++started;
      }
  }
  if (started) s.start /= static_cast<double>(started);
  if (!timeline.farms.empty()) find_tail(s, timeline);
  return s;
}

TimelineCourse course(const Timeline& timeline, std::size_t bins) {
  TimelineCourse c{std::vector<double>(bins, 0), std::vector<double>(bins, 0)};
  const double width = timeline.duration() / static_cast<double>(bins);
  if (bins == 0 || !(width > 0)) return c;
  const auto bin = [&](double time) {
    return std::min(static_cast<std::size_t>(std::max(0.0, time / width)), bins - 1);
  };
  // A run adds its overlap to its first and last bin; those between are full, and are summed up afterwards.
  std::vector<double> change(bins + 1, 0);
  for (const auto& bar : timeline.bars) {
    const std::size_t first = bin(bar.begin), last = bin(bar.end);
    if (first == last) {
      c.busy_workers[first] += (bar.end - bar.begin) / width;
    } else {
      c.busy_workers[first] += static_cast<double>(first + 1) - bar.begin / width;
      c.busy_workers[last] += bar.end / width - static_cast<double>(last);
      ++change[first + 1];
      --change[last];
    }
    if (bar.outcome == RunOutcome::done) ++c.runs_done[last];
  }
  double full = 0, done = 0;
  for (std::size_t i = 0; i < bins; ++i) {
    full += change[i];
    c.busy_workers[i] += full;
    done += c.runs_done[i];
    c.runs_done[i] = done;
  }
  return c;
}

std::string timeline_text(const Timeline& timeline, const TimelineSummary& s) {
  const auto& farm = timeline.farms.back();
  std::string text;
  if (!farm.store.empty()) text += line("store", farm.store);
  if (!farm.dataset.empty()) text += line("data set", farm.dataset);
  if (!farm.preset.empty()) text += line("preset", farm.preset);
  if (!farm.machine.empty()) text += line("machine", farm.machine);
  if (timeline.farms.size() > 1) text += line("farms", std::to_string(timeline.farms.size()));
  text += line("workers", std::to_string(s.workers) +
                              (s.lost_workers ? ", " + std::to_string(s.lost_workers) + " lost" : ""));
  text += line("duration", format_duration(s.wall) +
                               (farm.ended ? "" : "; no end is recorded: still at work, or killed"));
  if (!farm.reason.empty()) text += line("stopped", farm.reason);
  std::string runs = counted(s.done, "run") + " done";
  if (s.failed) runs += ", " + std::to_string(s.failed) + " failed";
  if (s.interrupted) runs += ", " + std::to_string(s.interrupted) + " interrupted";
  if (s.unknown) runs += ", " + std::to_string(s.unknown) + " without outcome";
  text += line("runs", runs);
  text += line("busy", percent(s.busy, s.available) + " of workers x duration; " +
                           percent(s.useful, s.available) + " in runs that are done");
  text += line("start", format_duration(s.start) + " to a worker's first run (mean)");
  text += line("tail", format_duration(s.tail) + " from the first worker's last run to the end; " +
                           percent(s.tail_idle, s.available) + " of all time was lost in it");
  if (s.longest)
    text += line("longest run", "run " + std::to_string(s.longest->run) + ", " +
                                    format_duration(s.longest->end - s.longest->begin) + " on worker " +
                                    std::to_string(s.longest->worker + 1));
  constexpr std::size_t most = 20;
  for (std::size_t i = 0; i < std::min(most, timeline.failures.size()); ++i) {
    const auto& f = timeline.failures[i];
    text += line(i == 0 ? "failures" : "",
                 "run " + std::to_string(f.run) + ", attempt " + std::to_string(f.attempt) + ", worker " +
                     std::to_string(f.worker + 1) + (f.kind.empty() ? "" : ", " + f.kind) +
                     (f.reason.empty() ? "" : ": " + f.reason));
  }
  if (timeline.failures.size() > most)
    text += line("", "and " + std::to_string(timeline.failures.size() - most) + " more");
  if (timeline.bad_lines) text += line("not understood", counted(timeline.bad_lines, "line"));
  return text;
}

}  // namespace bondscope
