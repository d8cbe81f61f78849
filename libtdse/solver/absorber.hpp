#pragma once

// The mask method: the absorbing mask, Eq. (4), and the momentum amplitude of what it takes out.
//
// What an absorption event at time t takes out continues as Volkov waves:
//   b(k) += exp{i[k² t/2 + kx ∫₀ᵗA dt']} ψ̃_out(k),   ψ̃(k) = (1/2π) ∫ψ exp(-ik·r) d²r,   PMD = |b|².
// So b(k) is the amplitude of the Volkov wave (1/2π) exp{ik·r - i[k² t/2 + kx ∫₀ᵗA dt']} of the velocity
// gauge without A²/2: its phase is that at t = 0, when the start state is real, positive and begins to turn
// with its energy.

#include <vector>

#include "libtdse/solver/grid.hpp"
#include "libtdse/solver/preset.hpp"

namespace bondscope::tdse {

/// The mask for absorption events every `interval`: M^(interval/reference_step), so that the rate of
/// absorption is that of M applied every reference_step.
class Absorber {
 public:
  /// For the given rows of the grid.
  Absorber(const Grid& grid, Part rows, const Preset& preset, double interval);

  /// Whether M is below 1 anywhere on row i.
  bool touches(int i) const { return !touched_[index(i)].empty(); }
  /// Whether M is below 1 anywhere on the grid.
  static bool touches_any(const Grid& grid, const Preset& preset);
  /// M on row i, by column.
  const double* mask(int i) const { return mask_.data() + index(i) * columns_; }

  /// field <- M · field, for double and float. Returns the norm that this takes, ∫(1 - M²)|ψ|² d²r, over all
  /// ranks.
  template <class Real>
  double absorb(BasicField<Real>& field, const Team& team) const;

 private:
  std::size_t index(int i) const { return static_cast<std::size_t>(i - rows_.first); }

  Grid grid_;
  Part rows_;
  std::size_t columns_;
  AlignedVector<double> mask_;
  std::vector<std::vector<int>> touched_;  ///< by row: Blocks with M below 1
};

/// b(k) on the output axes.
class MomentumAmplitude {
 public:
  /// Zero on these axes.
  explicit MomentumAmplitude(const MomentumAxes& axes);

  const std::vector<double>& kx() const { return kx_; }  ///< a.u.
  /// Of the output along y, a.u.
  const std::vector<double>& ky() const { return ky_; }
  /// [kx][ky]
  std::vector<Complex>& values() { return values_; }
  /// [kx][ky], a.u.⁻¹.
  const std::vector<Complex>& values() const { return values_; }

  /// |b(k)|² in a.u.⁻², [kx][ky].
  std::vector<float> distribution() const;
  /// b(k) in a.u.⁻¹, [kx][ky].
  std::vector<std::complex<float>> rounded() const { return {values_.begin(), values_.end()}; }

 private:
  std::vector<double> kx_, ky_;
  std::vector<Complex> values_;
};

}  // namespace bondscope::tdse
