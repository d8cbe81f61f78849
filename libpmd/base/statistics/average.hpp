#pragma once

// Mean ± standard deviation.

#include <cstddef>
#include <optional>
#include <span>
#include <string>

namespace bondscope {

struct Average {
  double mean = 0;
  std::optional<double> sd = {};  ///< standard deviation with divisor n-1; none of a single value
  std::size_t count = 0;
};

/// `values` not empty.
Average average(std::span<const double> values);
double mean(std::span<const double> values);

/// "0.0634 ± 0.0021": as many decimals as show two digits of the standard deviation; three digits of a mean
/// that has none.
std::string describe(const Average& average);

}  // namespace bondscope
