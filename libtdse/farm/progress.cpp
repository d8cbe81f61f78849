#include "libtdse/farm/progress.hpp"

#include <cmath>

#include <fmt/format.h>

#include "libpmd/base/text/duration.hpp"
#include "libpmd/base/text/number.hpp"

namespace bondscope::tdse {
namespace {

/// Runs per second, minute or hour, whichever reads best.
std::string format_rate(double per_second) {
  if (per_second >= 0.5) return fmt::format("{:.3g} runs/s", per_second);
  if (per_second * 60 >= 0.5) return fmt::format("{:.3g} runs/min", per_second * 60);
  return fmt::format("{:.3g} runs/h", per_second * 3600);
}

}  // namespace

std::string progress_line(const FarmStatus& s) {
  std::string line =
      fmt::format("{}/{} done, {} running, {} waiting, {} failed; {}", s.done, s.runs, s.running, s.pending,
                  s.failed, s.rate > 0 ? format_rate(s.rate) : "no run done yet");
  if (s.stopping) line += ", stopping";
  if (s.seconds_left && (s.running > 0 || s.pending > 0))
    line += fmt::format(", {} left", format_duration(*s.seconds_left));
  return line;
}

std::string describe(const Teams& teams, int threads) {
  auto text = fmt::format("{} at a time, {} each", counted(teams.workers(), "run"),
                          counted(teams.ranks_per_run, "rank"));
  if (threads > 1) text += fmt::format(" of {} threads", threads);
  text += fmt::format(" ({})", teams.reason);
  if (const int idle = teams.idle(); idle > 0)
    text += fmt::format("; {} {} left over", counted(idle, "rank"), idle == 1 ? "is" : "are");
  return text;
}

std::string summary(const FarmResult& result) {
  const auto& s = result.status;
  auto text =
      fmt::format("{} runs done, {} failed, in {}", result.done_now, s.failed, format_duration(s.seconds));
  if (result.done_now > 0)
    text += fmt::format("; {} per run and rank, {} runs/s",
                        format_duration(result.run_seconds / static_cast<double>(result.done_now)),
                        format_number(std::round(s.rate * 1e4) / 1e4));
  if (result.tried_elsewhere > 0)
    text += fmt::format("; {} tried by another worker", counted(result.tried_elsewhere, "run"));
  if (result.benched > 0) text += fmt::format("; {} benched", counted(result.benched, "worker"));
  return fmt::format("{}; {} of {} runs are in the store", text, s.done, s.runs);
}

std::string hopeless(const FarmResult& result, const WallTime& limit) {
  if (result.done_now > 0 || !result.failures.empty() || result.anything_saved || result.unfinished == 0)
    return {};
  if (result.lost_workers && !result.anything_started)
    return "no worker answered in time; is the file system too slow for --worker-timeout?";
  if (result.cause != StopCause::time_limit) return {};
  return fmt::format(
      "no run could be finished, or come far enough to be saved, within the time limit of {}; raise the "
      "limit, "
      "share runs among more ranks (--ranks-per-run), or let them be saved (--checkpoint-interval)",
      format_duration(*limit.limit()));
}

}  // namespace bondscope::tdse
