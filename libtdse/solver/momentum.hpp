#pragma once

// The momentum distribution by the mask method.
//
// What an absorption event at time t takes out continues as Volkov waves:
//   b(k) += exp{i[k² t/2 + kx ∫₀ᵗA dt']} ψ̃_out(k),   ψ̃(k) = (1/2π) ∫ψ exp(-ik·r) d²r,   PMD = |b|².
// Over a window of time the events are collected on a momentum grid of the box's own, refined where necessary
// (shifted transforms), with phases that refer to the middle of the window. There the collected wave is still
// a few box widths wide at most, so that its transform is known between the grid's points: at the end of a
// window it is interpolated to the output axes by a windowed sinc kernel, where the phases of the rest of the
// time are exact. One window for all times would not do: electrons set free late come, taken back to any
// common time, from far outside every affordable box.

#include <vector>

#include "libtdse/model/pulse.hpp"
#include "libtdse/solver/preset.hpp"
#include "libtdse/solver/sweep.hpp"

namespace tdse {

class MomentumAmplitude {
 public:
  MomentumAmplitude(const Grid& grid, const Pulse& pulse, const Preset& preset);

  /// Adds ψ_out(x, y), absorbed at time t, which must not decrease. Lines x_i without touched[i] count as
  /// zero.
  void add(Sweeper& sweeper, const Field& outgoing, const std::vector<bool>& touched, double t);

  /// |b(k)|² in a.u.⁻², [kx][ky] on the output axes.
  std::vector<float> distribution();

 private:
  /// The refined k grid of one direction: k_q = q · spacing with q = m · refinement + shift, m the box's own
  /// index.
  struct FineAxis {
    int points = 0;  ///< of the box
    int refinement = 1;
    double spacing = 0;
    int first = 0, last = 0;  ///< range of q that is kept
    double origin = 0;        ///< position of the first grid point
    double momentum(int q) const { return q * spacing; }
    std::size_t size() const { return static_cast<std::size_t>(last - first + 1); }
    /// How far from the middle of the box a wave may lie for its transform to be known between the points.
    double reach(double grid_spacing) const;
    /// exp(-i k_shift (x_i - origin)) for the fraction `shift` of a box spacing.
    std::vector<Complex> shift_phases(int shift, double grid_spacing) const;
  };
  static FineAxis fine_axis(const Grid& grid, int points, double max, double outermost);

  void open_window(double t);
  void end_window();

  Grid grid_;
  Pulse pulse_;
  std::vector<double> kx_, ky_;  ///< output axes
  FineAxis fine_x_, fine_y_;
  std::vector<std::vector<Complex>> shift_x_, shift_y_;
  double margin_x_, margin_y_;  ///< how far a wave may be taken from where the absorber holds it
  double window_middle_ = 0, window_end_ = 0;
  bool window_open_ = false;
  std::vector<Complex> window_;     ///< b of the window, [q_y][q_x]
  std::vector<Complex> amplitude_;  ///< b of all windows that ended, [kx][ky]
  Field mixed_;
  AlignedArray line_, transformed_;
};

}  // namespace tdse
