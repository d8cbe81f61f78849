#pragma once

// The momentum distribution by the mask method.
//
// What an absorption event at time t takes out continues as Volkov waves:
//   b(k) += exp{i[k² t/2 + kx ∫₀ᵗA dt']} ψ̃_out(k),   ψ̃(k) = (1/2π) ∫ψ exp(-ik·r) d²r,   PMD = |b|².

#include <vector>

#include "libpmd/model/pulse.hpp"
#include "libtdse/solver/grid.hpp"
#include "libtdse/solver/preset.hpp"

namespace bondscope::tdse {

/// b(k) on the output axes.
class MomentumAmplitude {
 public:
  explicit MomentumAmplitude(const MomentumAxes& axes);

  const std::vector<double>& kx() const { return kx_; }  ///< a.u.
  const std::vector<double>& ky() const { return ky_; }
  /// [kx][ky]
  std::vector<Complex>& values() { return values_; }
  const std::vector<Complex>& values() const { return values_; }

  /// |b(k)|² in a.u.⁻², [kx][ky].
  std::vector<float> distribution() const;

 private:
  std::vector<double> kx_, ky_;
  std::vector<Complex> values_;
};

}  // namespace bondscope::tdse
