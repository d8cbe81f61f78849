#pragma once

// Saving a run in flight, so that an interrupted one continues with the same bits.

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "libpmd/base/clock.hpp"
#include "libtdse/solver/propagator.hpp"
#include "libtdse/solver/team.hpp"

namespace bondscope::tdse {

/// Only runs that are expected to take longer than `interval` are saved, about as often and when they are
/// interrupted.
struct Checkpointing {
  std::filesystem::path file;         ///< empty: no saving
  double interval = 600;              ///< s
  double first = 1;                   ///< when it is saved first, in intervals: not all runs at the same time
  std::filesystem::path at_end = {};  ///< where an interrupted run is saved instead; empty: in `file`
  bool look = true;                   ///< whether there may be a saved state
  std::function<void()> saved = {};   ///< called on rank 0 of the run when its state was saved
};

/// Where a run goes on, and when its state is saved. All members but the last two are collective.
class Saver {
 public:
  /// Saves as `settings` say; the identity is that of the plan.
  Saver(const Plan& plan, const Team& team, const Checkpointing& settings);

  /// The run from where it was saved, if all ranks can use what is there and found it at the same time; else
  /// null.
  std::unique_ptr<Propagator> continued(const Method& method) const;

  /// Saves the run when it is time or it is interrupted, if it is one of those that are saved at all.
  /// `seconds`: what it took so far.
  void save(const Propagator& propagator, double seconds, bool interrupted = false);

  /// Why the run could not be saved when it last should have been; empty: it could.
  const std::string& error() const { return error_; }
  /// Time of the last state that was saved, a.u.; 0: none.
  double saved_at() const { return saved_at_; }

 private:
  const std::string& identity() const;
  void write(const Propagator& propagator, double seconds, const std::filesystem::path& file);

  const Plan& plan_;
  Team team_;
  Checkpointing settings_;
  mutable std::string identity_;  // made when it is needed first
  std::string error_;
  double saved_at_ = 0, due_ = 0;  // due: s after last_
  Clock::time_point last_ = Clock::now();
};

}  // namespace bondscope::tdse
