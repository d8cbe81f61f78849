#pragma once

// The amplitude by one Fourier transform of what is taken out, where every momentum of the output is one of
// the box's own: 2π/L times a whole number along each direction, below the Nyquist momentum.

#include <vector>

#include "libtdse/witness/amplitude.hpp"

namespace bondscope::tdse {

/// By one transform of what is taken out: for momenta of the box.
class TransformedAmplitude : public Amplitude {
 public:
  /// Whether the axes are momenta of the box of nx × ny points.
  static bool holds(const MomentumAxes& axes, int nx, int ny, double spacing);

  /// Throws ConfigError unless holds(). Collective.
  TransformedAmplitude(const MomentumAxes& axes, int nx, int ny, double spacing, MPI_Comm processes);

  void add(std::span<const Complex> taken, double t, double excursion) override;

 private:
  /// A momentum of the output: where it is in the transform, and exp(-i k x) of the first point.
  struct Line {
    std::size_t at;
    double k;
    Complex origin;
  };
  static std::vector<Line> lines_of(const std::vector<double>& momenta, int points, double spacing);

  SlabTransform transform_;
  double weight_;  ///< Δ²/2π
  std::vector<Line> kx_, ky_;
  std::vector<Complex> factors_x_;
};

}  // namespace bondscope::tdse
