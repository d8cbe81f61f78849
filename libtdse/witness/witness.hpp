#pragma once

// The witness: a run by the plain, textbook method on FFTW3-MPI, independent of what makes the solver fast.
//
// Second-order splitting exp(-iVΔt/2) exp(-i∫(k²/2 + A k_x)dt) exp(-iVΔt/2) with the plain potential and the
// plain dispersion on one fixed grid, a start state by imaginary time, the mask of Eq. (4) and output without
// interpolation. It shares with the solver only what is being simulated: potential, pulse, mask and axes.
// Slow, and that is its purpose: whoever doubts a distribution computes it a second time by this.

#include <memory>

#include <mpi.h>

#include "libtdse/solver/propagator.hpp"
#include "libtdse/witness/amplitude.hpp"
#include "libtdse/witness/slab_propagation.hpp"

namespace bondscope::tdse {

/// Seconds that the plan's run is expected to take on these processes, measured on a few steps. Collective.
double expected_seconds(const Plan& plan, MPI_Comm processes);

/// One run on every rank of a communicator. Bits depend on the plan and on the number of ranks: FFTW and the
/// sums order their additions by it. A saved state may be continued by another number of ranks.
class Witness : public Propagator {
 public:
  /// Starts at t = 0, or goes on from a saved state of the same run. Throws ConfigError unless the plan's
  /// preset is plain, NoStartState, and DataError for a state that is not one of this run. Collective.
  Witness(const Plan& plan, MPI_Comm processes, const ArrayReader* state = nullptr);

  void advance() override;
  bool finished() const override;
  double time() const override;
  double fraction() const override;
  void save(const std::filesystem::path& file, const std::string& identity, double seconds) const override;
  double seconds_before() const override { return seconds_before_; }
  std::vector<float> distribution() override;
  std::vector<std::complex<float>> amplitude() override;
  Diagnostics diagnostics() const override;

 private:
  friend double expected_seconds(const Plan& plan, MPI_Comm processes);

  /// Without a wave function.
  struct Empty {};
  Witness(Empty, const Plan& plan, MPI_Comm processes);
  void begin();
  void continue_from(const ArrayReader& state);
  const Stage& stage() const { return plan_.schedule().stages.front(); }
  void absorb(double t, double interval);

  Plan plan_;
  MPI_Comm processes_;
  SlabPropagation propagation_;
  std::unique_ptr<Amplitude> amplitude_;
  long step_ = 0;
  double norm_ = 1;
  double energy_ = 0, residual_ = 0;  ///< of the start state
  double seconds_before_ = 0;
};

}  // namespace bondscope::tdse
