#pragma once

// One run as a command line gives it.

#include <optional>
#include <string>
#include <vector>

#include "libpmd/model/model_parameters.hpp"
#include "libpmd/model/run_parameters.hpp"

namespace bondscope {

/// A run and its molecule.
struct SingleRun {
  RunParameters run;                  ///< `molecule` may be a file; without R, angle and declared values
  std::optional<double> R;            ///< without it 2, if the molecule depends on R
  double angle_deg = 0;               ///< α in degrees
  std::vector<std::string> geometry;  ///< parameters of the molecule, NAME=VALUE
};
/// The YAML of a data set of that run. Throws ConfigError if it is not admissible.
std::string single_run_dataset(const SingleRun& single, const ModelParameters& model);

}  // namespace bondscope
