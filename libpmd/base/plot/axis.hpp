#pragma once

// From values to axes: ranges that hold them, and ticks at round numbers.

#include <string>
#include <vector>

namespace bondscope {

/// What an axis shows; max < min turns it round.
struct PlotRange {
  double min = 0, max = 0;  ///< ends of the axis
  /// From end to end.
  double length() const { return max - min; }
};

/// Of the finite values, wider by `padding` of its length at both ends; never empty.
PlotRange padded_range(const std::vector<double>& values, double padding);
/// The same on a logarithmic axis; values must be positive.
PlotRange padded_log_range(const std::vector<double>& values, double padding);

/// 1, 2 or 5 times a power of ten, so that about `wanted` ticks fit.
double tick_step(const PlotRange& range, int wanted);

/// "('1' 1, '10' 10)": ticks of a logarithmic axis, also at 2 and 5 times powers of ten where there are few
/// of these.
std::string log_ticks(const PlotRange& range);

}  // namespace bondscope
