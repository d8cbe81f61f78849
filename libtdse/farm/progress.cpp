#include "libtdse/farm/progress.hpp"

#include <array>
#include <cstdio>

#include "libpmd/base/text/duration.hpp"

namespace bondscope::tdse {
namespace {

template <class... Values>
std::string print(const char* format, Values... values) {
  std::array<char, 160> text{};
  std::snprintf(text.data(), text.size(), format, values...);
  return text.data();
}

/// Runs per second, minute or hour, whichever reads best.
std::string format_rate(double per_second) {
  if (per_second >= 0.5) return print("%.3g runs/s", per_second);
  if (per_second * 60 >= 0.5) return print("%.3g runs/min", per_second * 60);
  return print("%.3g runs/h", per_second * 3600);
}

}  // namespace

std::string progress_line(const FarmStatus& s) {
  std::string line = print("%zu/%zu done, %zu running, %zu waiting, %zu failed", s.done, s.runs, s.running,
                           s.pending, s.failed);
  line += s.rate > 0 ? "; " + format_rate(s.rate) : std::string("; no run done yet");
  if (s.stopping) line += ", stopping";
  if (s.seconds_left && (s.running > 0 || s.pending > 0))
    line += ", " + format_duration(*s.seconds_left) + " left";
  return line;
}

}  // namespace bondscope::tdse
