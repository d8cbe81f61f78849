#pragma once

// Functions of the momentum on a grid, first of all the kinetic energy, made smooth and periodic in k.
//
// On a grid the momentum ends at k_N = π/Δx. There k²/2 has a kink and A·k a jump, which give a bound state
// algebraic tails across the whole box; the absorber turns them into false rings. Beyond roll_off·k_N the
// dispersion therefore bends: k_eff reaches k_N with slope zero, and the momentum that couples to A returns
// to zero. Below roll_off·k_N both are k itself. The propagation stays unitary.

#include <functional>
#include <vector>

#include "libtdse/fourier/line_transform.hpp"
#include "libtdse/solver/grid.hpp"
#include "libtdse/solver/preset.hpp"

namespace bondscope::tdse {

/// Kinetic energy and coupling to the field as functions of the momentum along one direction.
class Dispersion {
 public:
  /// roll_off in (0, 1]; 1 leaves the dispersion as it is, kink included.
  Dispersion(double nyquist, double roll_off);

  double effective_momentum(double k) const;  ///< k_eff
  /// k_eff²/2, hartree
  double kinetic_energy(double k) const {
    const double k_effective = effective_momentum(k);
    return 0.5 * k_effective * k_effective;
  }
  double coupling_momentum(double k) const;  ///< what A_x multiplies in the Hamiltonian
  /// The momentum, a.u., from which k_eff leaves k.
  double faithful_up_to() const { return start_; }
  /// The largest energy of a grid state, k_eff²/2 and what a vector potential of magnitude `vector_potential`
  /// adds to it, hartree.
  double largest_energy(double vector_potential) const;

 private:
  double nyquist_, start_;
};

/// Those of both directions.
struct Dispersions {
  /// With the spacing and the roll-offs of the numerics.
  explicit Dispersions(const Discretisation& numerics);

  /// In the corner of the momentum grid, with a vector potential along x.
  double largest_energy(double vector_potential) const {
    return x.largest_energy(vector_potential) + y.largest_energy(0);
  }

  /// Along and across the polarisation.
  Dispersion x, y;
};

/// A time step couples the bound state to grid states that lie 2π/Δt above it: a step resonance. The largest
/// time step, a.u., that leaves no such state on the grid, with 8 % to spare, for a state bound by at most
/// `binding_energy` > 0, hartree.
double largest_time_step(const Dispersions& dispersions, double vector_potential, double binding_energy);

/// A function of the momentum along one direction, as factors between a forward and a backward transform.
template <class Real>
class BasicLineOperator {
 public:
  /// f(k) for lines of `points` points, halves of even lines if `even`; f must then be even.
  BasicLineOperator(int points, double spacing, bool even, const std::function<Complex(double k)>& f);

  /// For the kernels.
  BasicPassList<Real> passes() const { return transform_.passes(); }
  /// For the kernels; valid as long as this lives.
  BasicSpectralFactors<Real> factors() const;

  /// Momenta by position in the transform; meaningless for halves of even lines.
  const std::vector<double>& momenta() const { return momenta_; }
  /// f(k)/points by position, where the line is whole; may be replaced.
  std::vector<std::complex<Real>>& direct() { return direct_; }

 private:
  BasicLineTransform<Real> transform_;
  std::vector<double> momenta_;
  std::vector<std::complex<Real>> direct_, crossed_;
};
using LineOperator = BasicLineOperator<double>;  ///< in double precision

}  // namespace bondscope::tdse
