#pragma once

// How long a farm will take, from the first steps of one of its runs.

#include <optional>
#include <vector>

#include "libtdse/farm/solver.hpp"

namespace bondscope::tdse {

struct Calibration {
  std::size_t run = 0;       ///< which run was tried
  double fraction = 0;       ///< how much of it
  double run_seconds = 0;    ///< what all of it would take
  double total_seconds = 0;  ///< what all runs would take one after the other, by their expected costs
};

/// Tries the run of median cost for about `budget` seconds (its start state may take longer; it cannot be cut
/// short). Empty if the run ends without ever having reported a fraction. Throws what the run throws.
std::optional<Calibration> calibrate(const Solver& solver, const std::vector<RunParameters>& runs,
                                     const std::vector<double>& costs, double budget = 3);

}  // namespace bondscope::tdse
