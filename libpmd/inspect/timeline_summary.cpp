#include <algorithm>
#include <iterator>
#include <limits>
#include <map>

#include "libpmd/base/text/duration.hpp"
#include "libpmd/inspect/report_parts.hpp"
#include "libpmd/inspect/timeline.hpp"

namespace bondscope {
namespace {

double percent(double part, double whole) {
  return whole > 0 ? 100 * part / whole : 0;
}

/// First and last moment of work.
struct Work {
  double begin = std::numeric_limits<double>::infinity(), end = -begin;
};
/// Of each worker of a farm that had a run: a journal may claim any number of farms with any number of
/// workers.
using WorkOfFarm = std::map<std::size_t, Work>;

/// Farm by farm.
std::vector<WorkOfFarm> work(const Timeline& timeline) {
  std::vector<WorkOfFarm> all(timeline.farms.size());
  for (const auto& bar : timeline.bars) {
    const auto next = std::ranges::upper_bound(timeline.farms, bar.begin, {}, &TimelineFarm::begin);
    if (next == timeline.farms.begin()) continue;
    const auto farm = std::prev(next);
    if (bar.worker >= farm->workers || bar.end > farm->end) continue;
    auto& worker = all[static_cast<std::size_t>(farm - timeline.farms.begin())][bar.worker];
    worker.begin = std::min(worker.begin, bar.begin);
    worker.end = std::max(worker.end, bar.end);
  }
  return all;
}

void find_tail(TimelineSummary& s, const TimelineFarm& farm, const WorkOfFarm& workers) {
  double first = farm.end;
  for (const auto& [worker, times] : workers)
    if (!std::ranges::binary_search(farm.lost, worker)) {
      first = std::min(first, times.end);
      s.tail_idle += farm.end - times.end;
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
  const auto workers = work(timeline);
  std::size_t started = 0;
  for (std::size_t i = 0; i < timeline.farms.size(); ++i) {
    const auto& farm = timeline.farms[i];
    s.wall += farm.end - farm.begin;
    s.available += (farm.end - farm.begin) * static_cast<double>(farm.workers);
    s.lost_workers += farm.lost.size();
    started += workers[i].size();
    for (const auto& [worker, times] : workers[i])
      s.start += times.begin - farm.begin;
  }
  if (started) s.start /= static_cast<double>(started);
  if (!timeline.farms.empty()) find_tail(s, timeline.farms.back(), workers.back());
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
  const auto if_known = [&](const char* name, const std::string& value) {
    if (!value.empty()) text += line(name, "{}", value);
  };
  if_known("store", farm.store);
  if_known("data set", farm.dataset);
  if_known("preset", farm.preset);
  if_known("machine", farm.machine);
  if (timeline.farms.size() > 1) text += line("farms", "{}", timeline.farms.size());
  text += line("workers", "{}{}", s.workers, s.lost_workers ? fmt::format(", {} lost", s.lost_workers) : "");
  text += line("duration", "{}{}", format_duration(s.wall),
               farm.ended ? "" : "; no end is recorded: still at work, or killed");
  if_known("stopped", farm.reason);
  text += line("runs", "{} done{}{}{}", counted(s.done, "run"), also(s.failed, "failed"),
               also(s.interrupted, "interrupted"), also(s.unknown, "without outcome"));
  text += line("busy", "{:.1f} % of workers x duration; {:.1f} % in runs that are done",
               percent(s.busy, s.available), percent(s.useful, s.available));
  text += line("start", "{} to a worker's first run (mean)", format_duration(s.start));
  text += line("tail", "{} from the first worker's last run to the end; {:.1f} % of all time was lost in it",
               format_duration(s.tail), percent(s.tail_idle, s.available));
  if (const auto& longest = s.longest)
    text += line("longest run", "run {}, {} on worker {}", longest->run,
                 format_duration(longest->end - longest->begin), longest->worker + 1);
  constexpr std::size_t most = 20;
  for (std::size_t i = 0; i < std::min(most, timeline.failures.size()); ++i) {
    const auto& f = timeline.failures[i];
    text += line(i == 0 ? "failures" : "", "run {}, attempt {}, worker {}{}{}{}{}", f.run, f.attempt,
                 f.worker + 1, f.kind.empty() ? "" : ", ", f.kind, f.reason.empty() ? "" : ": ", f.reason);
  }
  if (timeline.failures.size() > most) text += line("", "and {} more", timeline.failures.size() - most);
  if (timeline.bad_lines) text += line("not understood", "{}", counted(timeline.bad_lines, "line"));
  return text;
}

}  // namespace bondscope
