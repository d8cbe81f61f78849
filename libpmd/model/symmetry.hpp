#pragma once

// Which mirror images of a momentum distribution are momentum distributions, too: the one place that knows.
//
// Mirroring space, y → -y, leaves kinetic energy and field as they are and mirrors the centres; so the
// distribution of the mirrored molecule is the mirrored distribution, ky → -ky. x → -x turns A into -A as
// well. A molecule that lies mirrored is the molecule itself at another angle if it has a mirror axis. With β
// such that the mirrored molecule (y → -y in its own frame) is the molecule turned by β, one at α becomes
//
//   y → -y:  the molecule at β - α,         so  PMD(kx, -ky; α, φ) = PMD(kx, ky; β - α, φ)
//   x → -x:  the molecule at β + π - α,     so  PMD(-kx, ky; α, φ) = PMD(kx, ky; β + π - α, φ + π)
//
// as far as φ + π reverses the field; with a second colour of an even harmonic it is Δ + π besides, which
// must be a parameter of the run. β = 0 for a molecule that is its own mirror image in its x axis. Angles
// that differ by a turn of the molecule onto itself (π for equal nuclei) are the same.

#include <optional>

#include "libpmd/model/potential.hpp"

namespace bondscope {

/// What the centres show, to rounding: positions equal to 1e-12 a.u. at the geometry of the potential.
struct Symmetry {
  bool along_ky = false;   ///< V(x, -y) = V(x, y): a distribution is its own mirror image along ky
  bool along_kx = false;   ///< V(-x, y) = V(x, y)
  bool inversion = false;  ///< V(-r) = V(r): the ground state is even and must stay so
};
/// Of a molecule where it lies.
Symmetry symmetry_of(const Potential& potential);

/// The runs whose distributions are the mirror images of one run's, with angles in [0, 2π); the run itself,
/// as it is, where that is one. Empty where no run has them.
struct MirrorRuns {
  std::optional<RunParameters> along_kx, along_ky;  ///< with kx → -kx, with ky → -ky
};
/// Throws what Potential and Pulse throw.
MirrorRuns mirror_runs(const RunParameters& run, const ModelParameters& model);

}  // namespace bondscope
