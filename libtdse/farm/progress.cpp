#include "libtdse/farm/progress.hpp"

#include <fmt/format.h>

#include "libpmd/base/text/duration.hpp"

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

}  // namespace bondscope::tdse
