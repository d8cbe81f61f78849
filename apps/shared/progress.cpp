#include "apps/shared/progress.hpp"

#include <cstdio>
#include <utility>

#include <fmt/format.h>
#include <unistd.h>

#include "libpmd/base/text/duration.hpp"

namespace bondscope {

Progress::Progress(std::string what, std::string unit, std::chrono::seconds elsewhere)
    : what_(std::move(what)),
      unit_(std::move(unit)),
      terminal_(::isatty(STDERR_FILENO) != 0),
      interval_(terminal_ ? std::chrono::seconds(1) : elsewhere),
      begin_(Clock::now()),
      // Not at once: the first line should have something to say.
      next_(begin_ + interval_) {}

void Progress::operator()(std::size_t done, std::size_t all) {
  const double part = all == 0 ? 1 : static_cast<double>(done) / static_cast<double>(all);
  begin_at(part);
  show([&] {
    return fmt::format("{}: {} of {} {}, {:.0f} %{}", what_, done, all, unit_, 100 * part, time_left(part));
  });
}

void Progress::fraction(double done) {
  begin_at(done);
  show([&] { return fmt::format("{}: {:.1f} %{}", what_, 100 * done, time_left(done)); });
}

void Progress::begin_at(double done) {
  // What came before the first report, and what earlier goes had done, went at another pace.
  if (first_ >= 0) return;
  first_ = done;
  begin_ = Clock::now();
}

std::string Progress::time_left(double done) const {
  if (done <= first_) return {};
  return fmt::format(", {} left", format_duration(seconds_since(begin_) * (1 - done) / (done - first_)));
}

void Progress::finish(const std::string& line) {
  print(line);
  end();
}

void Progress::end() {
  if (terminal_ && open_) std::fputc('\n', stderr);
  open_ = false;
}

bool Progress::is_time() {
  const auto now = Clock::now();
  if (now < next_) return false;
  next_ = now + interval_;
  return true;
}

void Progress::print(const std::string& line) {
  // "\033[K" clears what a longer line left behind.
  std::fputs(fmt::format(fmt::runtime(terminal_ ? "\r{}\033[K" : "{}\n"), line).c_str(), stderr);
  std::fflush(stderr);
  open_ = true;
}

bool StoppableProgress::operator()(std::size_t done, std::size_t all) {
  progress_(done, all);
  const bool stop = signals_.request() != StopRequest::none;
  if (stop) progress_.end();
  return !stop;
}

}  // namespace bondscope
