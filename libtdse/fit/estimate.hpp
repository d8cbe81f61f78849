#pragma once

// Values of parameters with their covariance, as JSON: what a fit begins with, and what it ends with.
//
//   {"parameters": ["R", "intensity_w_cm2"], "values": [2.1, 2e14],
//    "covariance": [[4e-4, 1e9], [1e9, 4e24]]}
//
// Further keys are passed over. `covariance` may be missing.

#include <filesystem>
#include <string>
#include <vector>

#include <Eigen/Core>
#include <nlohmann/json.hpp>

namespace bondscope::tdse {

/// Values that somebody found, by names of parameters.
struct Estimate {
  std::vector<std::string> parameters;  ///< their names
  std::vector<double> values;           ///< in their units
  Eigen::MatrixXd covariance;           ///< 0 x 0: not known

  /// The place of a parameter; parameters.size() if it has none.
  std::size_t place_of(const std::string& parameter) const;
  /// What of it concerns these parameters, in their order, if it has all of them.
  Estimate part(const std::vector<std::string>& wanted) const;
};

/// Throws FileError, DataError that names file, key and what would be right.
Estimate read_estimate(const std::filesystem::path& file);

/// The three keys.
nlohmann::json to_json(const Estimate& estimate);

}  // namespace bondscope::tdse
