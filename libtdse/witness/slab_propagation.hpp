#pragma once

// The wave function of a witness's run in slabs, its time steps and the absorbing mask.

#include <span>
#include <vector>

#include <mpi.h>

#include "libpmd/model/potential.hpp"
#include "libtdse/solver/grid.hpp"
#include "libtdse/witness/slab_transform.hpp"
#include "libtdse/witness/start_state.hpp"

namespace bondscope::tdse {

/// The textbook split operator on the slabs of all ranks.
class SlabPropagation {
 public:
  /// Zero at first. Collective, as step(), norm() and nothing else. Throws as SlabTransform.
  SlabPropagation(const Potential& potential, int nx, int ny, double spacing, double time_step,
                  MPI_Comm processes);

  /// Begins with this state, at t = 0.
  void put(const StartState& start);
  /// This rank's rows, [x][y].
  std::span<Complex> field() { return transform_.field(); }
  /// The same, for reading.
  std::span<const Complex> field() const { return transform_.field(); }
  /// Of this rank.
  Slab rows() const { return transform_.rows(); }

  /// ψ <- exp(-iVΔt/2) exp(-i(k²Δt/2 + kx·shift)) exp(-iVΔt/2) ψ; `shift` is ∫A dt over the step.
  void step(double shift);

  /// Takes (1 - M)ψ out, with M = exp(-strength·(r - radius)²) beyond the radius, and gives what it took.
  std::span<const Complex> absorb(double radius, double strength);

  /// ∫|ψ|² d²r over all ranks.
  double norm();

 private:
  void kick();
  void make_mask(double radius, double strength);

  SlabTransform transform_;
  double spacing_, time_step_;
  MPI_Comm processes_;
  std::vector<Complex> half_potential_, factors_x_, factors_y_, taken_;
  std::vector<double> kx_;
  double radius_ = 0, strength_ = 0;
  std::vector<double> mask_;  ///< M of the last event, for the next
};

}  // namespace bondscope::tdse
