#pragma once

// What one time step on a grid takes, and what the Fourier transforms in it take at least.

#include <map>
#include <tuple>

#include "benchmarks/solver/fftw_transform.hpp"
#include "libtdse/solver/grid.hpp"

namespace bondscope::tdse::bench {

/// Seconds per step, the best of several batches that take turns.
struct GridTimes {
  double step = 0;  ///< SplitStep::advance
  double fftw =
      0;  ///< one transform forward and one backward by FFTW, FFTW_MEASURE, always in double precision; of an
          ///< even grid the half that is held, since an even line costs a transform of half the length
  double own = 0;        ///< the same number of lines by this project's kernels, on lines that stay in cache
  double yardstick = 0;  ///< at that time
};

/// Floating-point operations of the transforms of a step, by the usual count of 5 n log2 n.
double step_operations(const Grid& grid);
/// Bytes between memory and processor in a step, if every sweep reads and writes its field once.
double step_traffic(const Grid& grid);

/// Measures every grid once.
class GridTimetable {
 public:
  explicit GridTimetable(Yardstick& yardstick) : yardstick_(yardstick) {}
  const GridTimes& of(const Grid& grid, bool single_precision = false);

 private:
  Yardstick& yardstick_;
  std::map<std::tuple<int, int, bool, bool>, GridTimes> known_;
};

}  // namespace bondscope::tdse::bench
