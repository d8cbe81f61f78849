#pragma once

// Values that do not follow the trend of their neighbours.

#include <span>
#include <vector>

namespace bondscope {

/// A value at a place of the parameter plane.
struct TrendPoint {
  double x = 0, y = 0, value = 0;  ///< where a value is, and the value
};

/// How far every value lies from what its surroundings suggest: a cubic polynomial in x and y, fitted
/// robustly to all points, plus the median of what the eight nearest points deviate from it. Single bad
/// points thus neither bend the trend nor betray their neighbours. Points at the
/// edge of the plane, whose neighbours all lie to one side, are not judged: 0. Needs at least 25 points, else
/// returns nothing. Effort n · min(n, 1000).
std::vector<double> trend_residuals(std::span<const TrendPoint> points);

}  // namespace bondscope
