#pragma once

// A function of the momentum along one direction, as factors between a forward and a backward transform.

#include <functional>
#include <vector>

#include "libtdse/fourier/line_transform.hpp"
#include "libtdse/solver/grid.hpp"

namespace bondscope::tdse {

class LineOperator {
 public:
  /// f(k) for lines of `points` points, halves of even lines if `even`; f must then be even.
  LineOperator(int points, double spacing, bool even, const std::function<Complex(double k)>& f);

  PassList passes() const { return transform_.passes(); }
  SpectralFactors factors() const;
  int points() const { return transform_.length(); }

  /// Momenta by position in the transform; meaningless for halves of even lines.
  const std::vector<double>& momenta() const { return momenta_; }
  /// f(k)/points by position, where the line is whole; may be replaced.
  std::vector<Complex>& direct() { return direct_; }

 private:
  LineTransform transform_;
  std::vector<double> momenta_;
  std::vector<Complex> direct_, crossed_;
};

}  // namespace bondscope::tdse
