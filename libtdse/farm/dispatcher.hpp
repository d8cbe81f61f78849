#pragma once

// Decides, for a master or a lone rank, which run is started when, and when the farm comes to an end. Keeps
// ledger and journal.

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "libpmd/base/clock.hpp"
#include "libpmd/base/process/signals.hpp"
#include "libtdse/farm/assignment.hpp"
#include "libtdse/farm/executor.hpp"
#include "libtdse/farm/journal.hpp"
#include "libtdse/farm/ledger.hpp"
#include "libtdse/farm/settings.hpp"

namespace bondscope::tdse {

/// Why a farm starts nothing any more.
enum class StopCause { none, signal, time_limit, failures, broken };

/// What befell a farm beside what the ledger knows.
struct FarmCourse {
  StopCause cause = StopCause::none;  ///< none: everything was done
  std::string reason;                 ///< why it stopped early; empty if it did not
  std::vector<std::string> notes;     ///< about runs that were continued or could not be saved, lost workers
  double busy_seconds = 0;            ///< that workers spent on all runs, however they ended
  bool anything_saved = false;        ///< some unfinished runs will go on where they were
  bool anything_started = false;      ///< whether any run was begun
  std::size_t benched = 0;            ///< workers that got no more runs
  std::size_t tried_elsewhere = 0;    ///< runs that met with trouble and went to another worker
};

/// Decides which run starts when, and when the farm ends. What workers report goes through it into the ledger
/// and the journal.
class Dispatcher {
 public:
  /// All must outlive this.
  Dispatcher(Ledger& ledger, const FarmSettings& settings, Journal& journal, const SignalWatch& signals)
      : ledger_(ledger), settings_(settings), journal_(journal), signals_(signals) {}

  /// How many workers there will be.
  void expect(int workers) { expected_ = workers; }
  /// Looks at signals and clock. To be called often.
  void watch();
  /// A stop request that reached a worker only.
  void request(StopRequest request);
  /// Whether running runs are to be stopped, too.
  bool abandoning() const { return abandoning_; }
  /// Whether to wait no longer for those that have not stopped.
  bool out_of_patience() const;

  /// The next run for the worker, in its queue when this returns. Empty if there is none that can be finished
  /// or saved in the time left.
  std::optional<Assignment> next(int worker);
  /// Whether it matters who gets a run: if one worker gets none, another may.
  bool chooses() const { return anything_kept_ || !tried_by_.empty(); }
  /// How many runs a worker should have beside the one it works on.
  std::size_t prefetch_depth() const;
  /// Nothing is running and no run can be started.
  bool over();

  /// A worker has opened the store; `saved`: runs of which it finds states in its node's own folder.
  void ready(int worker, const std::string& host, const std::vector<int>& ranks,
             const std::set<std::size_t>& saved = {});
  /// A run came to an end, of whatever kind.
  void ended(int worker, std::size_t run, const ExecutedRun& how);
  /// A run was never begun: another worker may have it.
  void returned(int worker, std::size_t run);
  /// A worker does not answer.
  void lost(int worker, double silent_seconds);
  /// A worker that was lost answers again.
  void back(int worker);
  /// A worker cannot go on. If that is because the store's disk is full, none can.
  void broken(int worker, std::size_t run, const std::string& reason, bool disk_full);
  /// Whether the worker gets no more runs.
  bool benched(int worker) const;

  /// The books.
  Ledger& ledger() { return ledger_; }
  /// What befell the farm so far.
  const FarmCourse& course() const { return course_; }

 private:
  struct Colleague {
    std::string host;
    std::vector<int> ranks;
    std::set<std::size_t> saved;
    int troubles = 0;  ///< in a row
    bool live = false, benched = false;
  };

  void stop(StopCause cause, const std::string& reason);
  void abandon();
  Ledger::Fit fit(int worker) const;
  std::string name_of(int worker) const;
  bool better_elsewhere(int worker, std::size_t run) const;
  bool is_kept_elsewhere(int worker, std::size_t run) const;
  void troubled(int worker, std::size_t run, const ExecutedRun& how);
  void bench(int worker, const std::string& reason);

  Ledger& ledger_;
  const FarmSettings& settings_;
  Journal& journal_;
  const SignalWatch& signals_;
  StopRequest requested_ = StopRequest::none;
  bool abandoning_ = false;
  Clock::time_point abandoned_at_;
  FarmCourse course_;
  int expected_ = 1;
  bool anything_kept_ = false;                     // by some node for itself
  std::map<int, Colleague> colleagues_;            // by worker
  std::map<std::size_t, std::set<int>> tried_by_;  // runs that met with trouble, and where
};

}  // namespace bondscope::tdse
