#pragma once

// Mean ± standard deviation.

#include <cstddef>
#include <optional>
#include <span>
#include <string>

namespace bondscope {

/// Mean and standard deviation of values.
struct Average {
  double mean = 0;                ///< of the values
  std::optional<double> sd = {};  ///< standard deviation with divisor n-1; none of a single value
  std::size_t count = 0;          ///< how many values
};

/// `values` not empty.
Average average(std::span<const double> values);
/// Arithmetic mean; `values` not empty.
double mean(std::span<const double> values);

/// "0.0634 ± 0.0021": as many decimals as show two digits of the standard deviation; three digits of a mean
/// that has none.
std::string describe(const Average& average);

}  // namespace bondscope
