#pragma once

// What Slurm and MPI leave in the environment, before MPI has started.

#include <cstdint>
#include <optional>

namespace bondscope::tdse {

/// A number in a variable; empty if it is missing or not plausible.
std::optional<std::uint64_t> number_in_environment(const char* name);

/// Of this process among those that a launcher started; empty if none says.
std::optional<int> rank_in_environment();
/// How many a launcher started; empty if none says.
std::optional<int> ranks_in_environment();

}  // namespace bondscope::tdse
