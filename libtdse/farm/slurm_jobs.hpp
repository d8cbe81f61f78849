#pragma once

// What Slurm says of this user's jobs. It is asked once, by a program of Slurm's, before MPI starts: some
// networks do not survive a process that forks beside them.

#include <map>
#include <optional>
#include <string>

#include "libpmd/store/lock.hpp"

namespace bondscope::tdse {

/// This user's jobs, seen from within one of them.
struct SlurmJobs {
  std::map<std::string, std::string>
      states;  ///< by number, an array's task as "12_3"; empty: nothing is known
  /// Of this process's own job, s; empty outside of Slurm and without a limit.
  std::optional<double> seconds_left;

  /// Asks the environment, and squeue on rank 0 if there are ranks. Never throws.
  static SlurmJobs ask();

  /// Whether the job of a lock's holder is certainly over: it is one of these, and does not run, or it is an
  /// earlier start of this process's own.
  bool has_ended(const LockHolder& holder, const LockHolder& me = this_process()) const;
};

/// The states and the time left from what squeue printed: lines of NUMBER|STATE|TIME LEFT. What is none is
/// ignored.
SlurmJobs read_slurm_jobs(const std::string& printed, const std::string& own_job);

}  // namespace bondscope::tdse
