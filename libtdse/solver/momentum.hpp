#pragma once

// The momentum distribution by the mask method.
//
// What an absorption event at time t takes out continues as Volkov waves:
//   b(k) += exp{i[k² (t-t0)/2 + kx ∫A dt']} ψ̃_out(k),   ψ̃(k) = (1/2π) ∫ψ exp(-ik·r) d²r,   PMD = |b|².
// The reference time t0 (integral from t0 to t) only turns the phase of b; at the middle of the pulse b is
// the transform of the outgoing wave taken back to where and when most of it was born, the narrowest it ever
// is. Still it is wider than the box: an electron of momentum k born τ after t0 comes from k τ away. b is
// therefore collected on a k grid finer than the box's own (shifted transforms), fine enough that it is known
// between the points as well, and distribution() interpolates to the output axes by a windowed sinc kernel.

#include <vector>

#include "libtdse/model/pulse.hpp"
#include "libtdse/solver/preset.hpp"
#include "libtdse/solver/sweep.hpp"

namespace tdse {

class MomentumAmplitude {
 public:
  MomentumAmplitude(const Grid& grid, const Pulse& pulse, const MomentumAxes& axes);

  /// Adds ψ_out(x, y), absorbed at time t. Lines x_i without touched[i] count as zero.
  void add(Sweeper& sweeper, const Field& outgoing, const std::vector<bool>& touched, double t);

  /// |b(k)|² in a.u.⁻², [kx][ky] on the output axes.
  std::vector<float> distribution() const;

 private:
  /// The fine k grid of one direction: k_q = q · spacing with q = m · refinement + shift, m the box's own
  /// index.
  struct FineAxis {
    int points = 0;  ///< of the box
    int refinement = 1;
    double spacing = 0;
    int first = 0, last = 0;  ///< range of q that is kept
    double origin = 0;        ///< position of the first grid point
    double momentum(int q) const { return q * spacing; }
    std::size_t size() const { return static_cast<std::size_t>(last - first + 1); }
    /// exp(-i k_shift (x_i - origin)) for the fraction `shift` of a box spacing.
    std::vector<Complex> shift_phases(int shift, double grid_spacing) const;
  };
  static FineAxis fine_axis(const Grid& grid, int points, double max, double length);

  Grid grid_;
  double reference_time_, reference_excursion_;
  Pulse pulse_;
  std::vector<double> kx_, ky_;  ///< output axes
  FineAxis fine_x_, fine_y_;
  std::vector<std::vector<Complex>> shift_x_, shift_y_;
  std::vector<Complex> amplitude_;  ///< b, [q_y][q_x]
  Field mixed_;
  AlignedArray line_, transformed_;
};

}  // namespace tdse
