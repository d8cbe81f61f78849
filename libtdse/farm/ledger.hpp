#pragma once

// The master's books: what is to do and in which order, who does what, what became of it.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "libpmd/base/clock.hpp"
#include "libpmd/store/failure.hpp"
#include "libpmd/store/store.hpp"

namespace bondscope::tdse {

/// A run that is not done.
struct RunToDo {
  std::size_t run = 0;        ///< row of the store
  std::uint32_t attempt = 1;  ///< which attempt this will be
  double cost = 0;            ///< expected, in any unit
  std::uint32_t begun = 0;    ///< how often it was begun by farms that died before its end

  /// Whether all members are equal.
  bool operator==(const RunToDo&) const = default;
};

/// The order in which runs are handed out: the longest first, so that no long one starts when the others have
/// nothing left to do; runs of equal cost by their number. Of runs that failed, those with fewer attempts
/// come first. Runs that farms have died of (blame.hpp) come last: they may be what kills them.
struct LongestFirst {
  /// Whether `a` goes first.
  bool operator()(const RunToDo& a, const RunToDo& b) const;
};

/// Which runs a farm takes.
enum class Selection {
  pending,  ///< what is neither done nor failed
  failed,   ///< only runs that failed before
};

/// The selected runs, in order. `begun` as Store::begun().
std::vector<RunToDo> runs_to_do(const std::vector<CommitRecord>& commits, const std::vector<double>& costs,
                                const std::vector<std::uint32_t>& begun,
                                Selection selection = Selection::pending);

/// Where a farm stands.
struct FarmStatus {
  std::size_t runs = 0;                ///< in the data set
  std::size_t done = 0;                ///< of them, earlier farms included
  std::size_t failed = 0;              ///< of them, earlier farms included
  std::size_t running = 0;             ///< begun and not over
  std::size_t pending = 0;             ///< to do and not yet started
  double seconds = 0;                  ///< since this farm began
  double rate = 0;                     ///< runs done per second in this farm; 0 while none is
  std::optional<double> seconds_left;  ///< from expected costs; empty while nothing is known
  bool stopping = false;               ///< no further run will be started
};

/// A run that failed in this farm.
struct FailedRun {
  std::size_t run = 0;                    ///< row of the store
  FailureKind kind = FailureKind::other;  ///< what went wrong
  std::string reason;                     ///< in words
};

/// How long runs take, learnt from those that are over.
class Pace {
 public:
  /// Ignores impossible values.
  void learn(double cost, double seconds);
  /// Learned from.
  std::size_t runs() const { return runs_; }
  /// Of a run of this cost; empty while nothing is known.
  std::optional<double> expected_seconds(double cost) const;
  /// What hardly any run of this cost will exceed: the mean and three standard deviations, at least 1.1 and
  /// at most 2.5 times the mean.
  std::optional<double> cautious_seconds(double cost) const;

 private:
  std::size_t runs_ = 0;
  double mean_ = 0, squares_ = 0;  // of seconds per cost
};

/// Every worker has a queue of runs: it works on the first and has the others so that it need not wait for
/// the master.
class Ledger {
 public:
  /// What earlier farms did is in the store already.
  struct Earlier {
    std::size_t runs = 0;              ///< in the data set
    std::size_t done = 0, failed = 0;  ///< before this farm
  };

  /// The runs to do, none handed out.
  Ledger(Earlier earlier, const std::vector<RunToDo>& to_do, Clock::time_point begin = Clock::now());

  /// Which runs may be started, by their cost.
  struct Fit {
    double up_to = 0, from = 0;  ///< cost <= up_to or cost >= from
    /// Whether the run may be started.
    bool admits(const RunToDo& run) const { return run.cost <= up_to || run.cost >= from; }
  };
  /// Whether a run may go to the worker that asks.
  using Choice = std::function<bool(const RunToDo&)>;
  /// Puts the first pending run that `fit` and `choice` admit into the worker's queue. Empty if there is
  /// none, if suspects must wait for less company, or if the farm is stopping.
  std::optional<RunToDo> assign(int worker, const Fit& fit, const Choice& choice = {});
  /// Whether a pending run may be started by some worker.
  bool anything_fits(const Fit& fit) const { return next(fit, {}) != pending_.end(); }
  /// A run has begun, and has come so far, in [0, 1].
  void progress(int worker, std::size_t run, double fraction);
  // What became of a run in the worker's queue. Ignored, with false, if it is not there.
  /// `learn`: the time was that of the whole run.
  bool done(int worker, std::size_t run, double run_seconds, bool learn = true);
  /// The attempt ended without a result.
  bool failed(int worker, std::size_t run, FailureKind kind, const std::string& reason);
  /// Begun and not finished: it is not handed out again by this farm.
  bool interrupted(int worker, std::size_t run);
  /// Never begun: it may be handed out again.
  bool returned(int worker, std::size_t run);
  /// The worker does not answer: the first of its runs, and all up to the last one that it is known to have
  /// begun, count as interrupted, but may still turn out done. The others may be handed out again; they are
  /// returned.
  std::vector<std::size_t> lost(int worker);
  /// The worker has begun none of its runs: they may be handed out again, and are returned.
  std::vector<std::size_t> give_back(int worker);

  /// From now on nothing is assigned.
  void stop() { stopping_ = true; }
  /// Whether stop() was called.
  bool stopping() const { return stopping_; }
  /// Whether a worker has a run.
  bool anything_assigned() const { return assigned_ > 0; }
  /// Whether a run waits for a worker.
  bool anything_pending() const { return !pending_.empty(); }
  /// Runs that wait for a worker.
  std::size_t pending() const { return pending_.size(); }
  /// Runs that the worker has, the one it works on included.
  std::size_t queue_length(int worker) const;
  /// Seconds that the worker's queue will still take; 0 if unknown.
  double backlog_seconds(int worker) const;

  /// Where the farm stands.
  FarmStatus status(Clock::time_point now = Clock::now()) const;
  /// As learnt in this farm; before it has learnt much, that of earlier ones if there is any.
  const Pace& pace() const;
  /// What is known from earlier farms.
  Pace& earlier_pace() { return earlier_pace_; }
  /// Of this farm.
  const std::vector<FailedRun>& failures() const { return failures_; }
  /// Earlier farms included.
  std::size_t done() const { return earlier_.done + done_now_; }
  /// In this farm.
  std::size_t done_now() const { return done_now_; }
  double run_seconds() const { return run_seconds_; }  ///< summed over the runs done in this farm
  /// Neither done nor failed.
  std::size_t unfinished() const { return pending_.size() + interrupted_.size() + assigned_; }

 private:
  struct Assigned {
    RunToDo run;
    double fraction = 0;
    bool begun = false;
  };
  std::optional<Assigned> take(int worker, std::size_t run);
  void count_assigned(const RunToDo& run, int change);
  std::set<RunToDo, LongestFirst>::const_iterator next(const Fit& fit, const Choice& choice) const;

  Earlier earlier_;
  std::set<RunToDo, LongestFirst> pending_;
  std::map<int, std::deque<Assigned>> queues_;
  std::map<std::size_t, RunToDo> interrupted_;
  std::size_t assigned_ = 0, secluded_ = 0, done_now_ = 0;  // secluded: assigned and to run alone
  std::vector<FailedRun> failures_;
  Clock::time_point begin_;
  Pace pace_, earlier_pace_;
  double run_seconds_ = 0, cost_total_ = 0, cost_done_ = 0;
  bool stopping_ = false;
};

/// Called often while a farm computes.
using FarmReport = std::function<void(const Ledger&)>;

}  // namespace bondscope::tdse
