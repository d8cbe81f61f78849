#pragma once

// The progress of long work, in all programs: what, how many of how many, the part that is done, the time
// left. On a terminal it is one line on stderr that is rewritten; elsewhere, a new line now and then.

#include <cstddef>
#include <string>

#include "libpmd/base/clock.hpp"
#include "libpmd/base/process/signals.hpp"

namespace bondscope {

class Progress {
 public:
  /// E.g. Progress("verify", "runs"). `elsewhere`: time between lines where stderr is not a terminal.
  explicit Progress(std::string what = {}, std::string unit = {},
                    std::chrono::seconds elsewhere = std::chrono::seconds(3));
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress() { end(); }

  /// "verify: 12 of 40 runs, 30 %, 5 s left"
  void operator()(std::size_t done, std::size_t all);
  /// "tdse_run: 30.0 %, 5 s left", for work that is not counted
  void fraction(double done);

  /// A line of the caller's own: shows line() if the last one was long enough ago.
  template <class Line>
  void show(const Line& line) {
    if (is_time()) print(line());
  }
  /// The last line, whenever the one before was.
  void finish(const std::string& line);
  /// Ends the line on a terminal, if there is one, so that others may print.
  void end();

 private:
  bool is_time();
  void print(const std::string& line);
  void begin_at(double done);
  std::string time_left(double done) const;

  std::string what_, unit_;
  bool terminal_, open_ = false;
  Clock::duration interval_;
  Clock::time_point begin_, next_;
  double first_ = -1;  ///< what was done at begin_; below 0: not known yet
};

/// Progress of work that signals ask to stop, so that what is half made can be removed.
class StoppableProgress {
 public:
  StoppableProgress(std::string what, std::string unit) : progress_(std::move(what), std::move(unit)) {}

  /// False if the work is to stop.
  bool operator()(std::size_t done, std::size_t all);
  void end() { progress_.end(); }

 private:
  SignalWatch signals_;
  Progress progress_;
};

}  // namespace bondscope
