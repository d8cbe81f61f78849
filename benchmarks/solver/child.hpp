#pragma once

// Runs in processes of their own: for their peak memory, and for other vector instructions.

#include <string>

#include "benchmarks/solver/bench.hpp"

namespace bondscope::tdse::bench {

struct ChildRun {
  Best seconds, yardstick;
  double steps = 0;
  double peak_mib = 0;  ///< largest resident memory
  std::string largest;  ///< grid of the most points
  double ratio() const { return seconds.value / yardstick.value; }
};

/// The fastest of `repeats`. Stops after `events` absorption events unless they are 0. `instructions` may
/// name those of the transforms. Throws Error if the child fails.
ChildRun run_in_child(Bench& bench, std::size_t index, const Preset& preset, int repeats, int events = 0,
                      const std::string& instructions = {});

/// The child's side: computes and prints JSON. `arguments`: those after the first, --child.
int child_main(const std::vector<std::string>& arguments);

}  // namespace bondscope::tdse::bench
