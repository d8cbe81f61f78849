#pragma once

// The absorbing mask, Eq. (4), and what it takes out.

#include <vector>

#include "libtdse/solver/preset.hpp"
#include "libtdse/solver/sweep.hpp"

namespace tdse {

/// The mask for absorption events every `interval`: M^(interval/reference_step), so that the rate of
/// absorption is that of M applied every reference_step.
class Absorber {
 public:
  Absorber(const Grid& grid, const Preset& preset, double interval);

  /// Lines x_i along which M is not 1 everywhere.
  const std::vector<bool>& touched() const { return touched_; }

  /// line = factor · ψ(x_i, y) becomes M · line; outgoing becomes (1 - M) · ψ(x_i, y). Leaves `outgoing`
  /// alone unless touched()[i].
  void absorb(int i, Complex* line, double factor, Complex* outgoing) const;

 private:
  int ny_;
  std::vector<double> mask_;
  std::vector<bool> touched_;
};

}  // namespace tdse
