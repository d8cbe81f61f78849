#pragma once

// The master's books: what is to do, who does what, what became of it.

#include <chrono>
#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "libtdse/farm/plan.hpp"

namespace tdse {

/// Where a farm stands.
struct FarmStatus {
  std::size_t runs = 0;    ///< in the data set
  std::size_t done = 0;    ///< of them, earlier farms included
  std::size_t failed = 0;  ///< in this farm
  std::size_t running = 0;
  std::size_t pending = 0;             ///< planned and not yet started
  double seconds = 0;                  ///< since this farm began
  double rate = 0;                     ///< runs done per second in this farm; 0 while none is
  std::optional<double> seconds_left;  ///< from expected costs; empty while nothing is known
  bool stopping = false;               ///< no further run will be started
};

struct FailedRun {
  std::size_t run = 0;
  std::string reason;
};

class Ledger {
 public:
  using Clock = std::chrono::steady_clock;

  /// `done` runs are in the store already.
  Ledger(std::size_t runs, std::size_t done, std::vector<PlannedRun> plan,
         Clock::time_point begin = Clock::now());

  /// The next run for `worker`, if there is one left and the farm is not stopping. The worker must be idle.
  std::optional<PlannedRun> start(int worker);
  void progress(int worker, double fraction);
  // How the worker's run ended; the worker is idle then. Ignored if it had none.
  void done(int worker, double run_seconds);
  void failed(int worker, const std::string& reason);
  void interrupted(int worker);

  void stop() { stopping_ = true; }
  bool stopping() const { return stopping_; }
  bool anything_running() const { return !running_.empty(); }
  bool anything_to_start() const { return !stopping_ && !pending_.empty(); }

  FarmStatus status(Clock::time_point now = Clock::now()) const;
  const std::vector<FailedRun>& failures() const { return failures_; }
  std::size_t done_now() const { return done_now_; }
  double run_seconds() const { return run_seconds_; }  ///< summed over the runs done in this farm
  std::size_t unfinished() const { return pending_.size() + interrupted_ + running_.size(); }

 private:
  struct Running {
    PlannedRun run;
    double fraction = 0;
  };
  std::optional<Running> take(int worker);

  std::size_t runs_, done_before_, done_now_ = 0, interrupted_ = 0;
  std::deque<PlannedRun> pending_;
  std::map<int, Running> running_;
  std::vector<FailedRun> failures_;
  Clock::time_point begin_;
  double run_seconds_ = 0, cost_total_ = 0, cost_done_ = 0;
  bool stopping_ = false;
};

}  // namespace tdse
