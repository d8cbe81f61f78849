#pragma once

// How many ranks share a run, and which ones they are.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace bondscope::tdse {

/// Ranks 1, 2, … in teams of equal size, each of them a worker: worker w (1, 2, …) has the ranks
/// 1 + (w - 1) n … w n. What is left over has nothing to do. A rank alone does all the work itself.
struct Teams {
  int ranks = 1;            ///< of the job, the master included
  int ranks_per_run = 1;    ///< of each team
  std::string reason = {};  ///< why so many

  /// Number of teams.
  int workers() const { return ranks == 1 ? 1 : (ranks - 1) / ranks_per_run; }
  /// Ranks that are left over.
  int idle() const { return (ranks - 1) % ranks_per_run; }
  /// The ranks of a worker's team.
  std::vector<int> ranks_of(int worker) const;
  /// That speaks for the worker.
  int first_rank_of(int worker) const { return 1 + (worker - 1) * ranks_per_run; }
  /// 0 for the master and for ranks that are left over.
  int worker_of(int rank) const;
};

/// What the choice of the teams depends on.
struct TeamFacts {
  int ranks = 1;                          ///< of the job, the master included
  std::size_t runs = 1;                   ///< to do
  std::uint64_t bytes_per_run = 0;        ///< memory of the largest run
  std::uint64_t bytes_per_rank = 0;       ///< memory that a rank may use; 0: unknown
  std::optional<double> longest_seconds;  ///< of the longest run on one rank, if known
  std::optional<double> seconds_left;     ///< time limit, if there is one
  bool can_be_continued = false;          ///< runs that the time limit cuts off are saved
};

/// One rank per run, which wastes nothing, unless a run needs more memory than a rank has, cannot end within
/// the time limit, or there are fewer runs than ranks.
Teams choose_teams(const TeamFacts& facts);

/// Memory that each of the ranks on this machine may use: what the machine, or Slurm (SLURM_MEM_PER_CPU,
/// SLURM_MEM_PER_NODE), has, shared among them. 0 if unknown.
std::uint64_t memory_per_rank(int ranks_here);

/// Ranks of this MPI job on this machine, as mpirun or Slurm tell in the environment; `otherwise` if not.
int ranks_on_this_machine(int otherwise);

}  // namespace bondscope::tdse
