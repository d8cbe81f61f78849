#pragma once

// What a network is asked for: quantities of a run, by name.

#include <span>
#include <string>
#include <vector>

#include "libpmd/model/run_parameters.hpp"

namespace bondscope::ml {

struct Target {
  std::string name;   ///< as in a recipe's `targets`; the store may call it otherwise (intensity_w_cm2)
  std::string label;  ///< for axes of plots
  std::string unit;   ///< of value()
  double (*value)(const RunParameters&);
};

/// All that can be asked for: R (a.u.), intensity (1e14 W/cm²).
std::span<const Target> all_targets();
std::vector<std::string> target_names();
/// Throws ConfigError that lists the names there are.
const Target& target(const std::string& name);

/// Class i of [edges[i], edges[i+1]), the last with its end. Throws DataError if the value lies in
/// none.
std::size_t class_of(double value, std::span<const double> edges);
/// e.g. "1-2" for each class.
std::vector<std::string> class_names(std::span<const double> edges);

/// value = offset + scale · output of the network.
struct TargetScaling {
  double offset = 0, scale = 1;
};

}  // namespace bondscope::ml
