#pragma once

// The momentum amplitude of what the absorber takes out of a witness's run, without any interpolation.

#include <complex>
#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include <mpi.h>

#include "libpmd/model/fields.hpp"
#include "libtdse/witness/slab_transform.hpp"

namespace bondscope::tdse {

/// b(kx, ky) = Σ over events exp{i[k² t/2 + kx ∫₀ᵗA dt']} ψ̃(k), ψ̃(k) = (Δ²/2π) Σ ψ(r) exp(-ik·r), on the
/// axes of the output.
class Amplitude {
 public:
  /// A number of the wave function.
  using Complex = std::complex<double>;

  virtual ~Amplitude() = default;

  /// What is taken out at time t, this rank's rows [x][y]; excursion is ∫₀ᵗA dt'. Collective.
  virtual void add(std::span<const Complex> taken, double t, double excursion) = 0;

  /// What this rank adds to b, [kx][ky].
  std::span<Complex> share() { return share_; }
  /// b, on every rank. Collective.
  std::vector<Complex> total(MPI_Comm processes) const;

 protected:
  /// Zero at so many momenta.
  explicit Amplitude(std::size_t points) : share_(points) {}
  /// What this rank adds to b, [kx][ky].
  std::vector<Complex> share_;
};

/// For fields of nx × ny points at position(): by a transform where the axes of the output are momenta of the
/// box, which costs no more than half a step; else by sums. Collective.
std::unique_ptr<Amplitude> amplitude_on(const MomentumAxes& axes, int nx, int ny, double spacing,
                                        MPI_Comm processes);

}  // namespace bondscope::tdse
