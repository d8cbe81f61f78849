#pragma once

// What a user may want to change about the machine, before hours are spent.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace bondscope::tdse {

/// What is known of this machine and the job.
struct MachineFacts {
  int ranks = 1;                  ///< of the job
  int ranks_here = 1;             ///< on this machine
  int threads = 1;                ///< of each rank
  int processors = 0;             ///< that these ranks may use, hyperthreads counted; 0: unknown
  int cores = 0;                  ///< of them that are cores of their own; 0: unknown
  std::uint64_t open_files = 0;   ///< that a process may have; 0: unknown
  std::string file_system = {};   ///< of the store, as the kernel calls it
  std::uint64_t store_bytes = 0;  ///< of the whole store
  bool node_writers = false;      ///< one worker of each node writes
};

/// Looks at this machine, on whose `processors` so many of the ranks run. Each of them may be bound to some.
MachineFacts look_at_machine(int ranks, int ranks_here, std::span<const int> processors,
                             const std::string& store);

/// One line for everything that should be otherwise.
std::vector<std::string> machine_notes(const MachineFacts& facts);

}  // namespace bondscope::tdse
