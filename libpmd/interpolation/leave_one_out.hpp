#pragma once

// How good an interpolation is: each computed distribution from all the others.

#include <cstddef>
#include <vector>

#include "libpmd/images/image.hpp"
#include "libpmd/interpolation/interpolation.hpp"
#include "libpmd/store/merge.hpp"

namespace bondscope {

/// How well a computed distribution is interpolated from all others.
struct LeftOut {
  std::size_t row = 0;        ///< of the store
  PlanePoint point;           ///< where it lies
  GreyDifference difference;  ///< of the interpolated distribution from the computed one
};

/// For every point that the others enclose, in the order of the store; those that have a computed run in
/// common with it (Derivation::roots) are left out with it. Throws DataError as Interpolator, if no point is
/// enclosed, and for a store of interpolated distributions, whose own rows would be the witnesses;
/// Interrupted.
std::vector<LeftOut> leave_one_out(Interpolator& interpolator, const RowMonitor& monitor = {});

/// Over the points, of the mean difference of each, in grey levels.
struct LeftOutSummary {
  double mean = 0, median = 0, percentile_95 = 0, largest = 0;  ///< of LeftOut's mean errors, grey levels
  double rms = 0;  ///< mean over the points of their root mean square
};
/// Over the points.
LeftOutSummary summarise(const std::vector<LeftOut>& left_out);

}  // namespace bondscope
