#pragma once

// How many ranks should share a run.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace bondscope::tdse {

/// What the choice depends on.
struct GroupingFacts {
  int ranks = 1;                          ///< that compute
  std::size_t runs = 1;                   ///< to do
  std::uint64_t bytes_per_run = 0;        ///< memory of the largest run
  std::uint64_t bytes_per_rank = 0;       ///< memory that a rank may use; 0: unknown
  std::optional<double> longest_seconds;  ///< of the longest run on one rank, if known
  std::optional<double> seconds_left;     ///< time limit, if there is one
  bool can_be_continued = false;          ///< runs that the time limit cuts off are saved
};

struct Grouping {
  int ranks_per_run = 1;
  std::string reason;
};

/// One rank per run, which wastes nothing, unless a run needs more memory than a rank has, cannot end within
/// the time limit, or there are fewer runs than ranks.
Grouping choose_grouping(const GroupingFacts& facts);

/// Memory that each of the ranks on this machine may use: what the machine, or Slurm (SLURM_MEM_PER_CPU,
/// SLURM_MEM_PER_NODE), has, shared among them. 0 if unknown.
std::uint64_t memory_per_rank(int ranks_here);

/// Ranks of this MPI job on this machine, as mpirun or Slurm tell in the environment; `otherwise` if not.
int ranks_on_this_machine(int otherwise);

}  // namespace bondscope::tdse
