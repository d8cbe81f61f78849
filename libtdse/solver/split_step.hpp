#pragma once

// One step of the split operator (Feit, Fleck, Steiger) in the kick–drift form: U = K V with
//   V = exp(-iΔt V_eff(r)),   K = exp(-i[Δt k_eff²/2 + k ∫A dt]),
// acting on ψ(x, ky). The time label of a field is that of the moment just before the kick; the drift to the
// next kick carries the exact integral of A. Where V is flat the step is exact.

#include <vector>

#include "libtdse/model/molecule.hpp"
#include "libtdse/solver/dispersion.hpp"
#include "libtdse/solver/preset.hpp"
#include "libtdse/solver/sweep.hpp"

namespace tdse {

class SplitStep {
 public:
  /// corrected: V_eff = V - Δt²/24 |∇V|² (Takahashi and Imada), which makes the step fourth order for what
  /// happens at the potential; else V_eff = V.
  static SplitStep real_time(const Grid& grid, const Potential& potential, const Discretisation& numerics,
                             bool corrected);
  /// exp(-τH) instead of exp(-iΔtH), with plain V.
  static SplitStep imaginary_time(const Grid& grid, const Potential& potential,
                                  const Discretisation& numerics, double tau);

  /// One step of a field ψ(x, ky); `delta_excursion` is ∫A dt over it. Before the kick, visit(i, line) sees
  /// ny · ψ(x_i, y) and may change it.
  template <class Visit>
  void advance(Field& field, double delta_excursion, Visit&& visit) {
    const int ny = sweeper_.grid().ny;
    sweeper_.rows(field, [&](int i, Complex* line) {
      visit(i, line);
      const Complex* const kick = kick_.row(i);
      for (int j = 0; j < ny; ++j)
        line[j] = multiply(line[j], kick[j]);
    });
    drift(field, delta_excursion);
  }
  void advance(Field& field, double delta_excursion = 0) {
    advance(field, delta_excursion, [](int, Complex*) {});
  }

  Sweeper& sweeper() { return sweeper_; }
  const Grid& grid() const { return sweeper_.grid(); }

 private:
  SplitStep(const Grid& grid, const Potential& potential, const Discretisation& numerics, Complex step,
            double correction);
  void drift(Field& field, double delta_excursion);

  Sweeper sweeper_;
  Field kick_;                      ///< exp(-i Δt V_eff) / ny
  std::vector<Complex> kinetic_x_;  ///< exp(-i Δt kx²/2) / nx
  std::vector<Complex> kinetic_y_;  ///< exp(-i Δt ky²/2)
  std::vector<double> coupling_;    ///< what A multiplies, by kx index
  std::vector<Complex> factor_x_;   ///< kinetic_x_ with the field of the current step
};

}  // namespace tdse
