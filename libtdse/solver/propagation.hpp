#pragma once

// The course of one run: a sequence of grids, steps between absorption events, and what the events take out.

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "libtdse/solver/collector.hpp"
#include "libtdse/solver/plan.hpp"
#include "libtdse/solver/propagator.hpp"
#include "libtdse/solver/split_step.hpp"

namespace bondscope::tdse {

/// Steps on one grid.
struct GridUse {
  Grid grid;           ///< that was stepped on
  long steps = 0;      ///< taken on it
  double seconds = 0;  ///< that the steps took, without absorption
};

/// One run by the solver: wave function, absorber, collector, stage by stage.
class Propagation : public Propagator {
 public:
  /// Starts at t = 0 with the ground state.
  Propagation(const Plan& plan, const Team& team);

  /// Goes on from a saved state, of the same run and with the same bits as without the interruption, whatever
  /// the number of ranks. Throws DataError if the state is not one of this run.
  Propagation(const Plan& plan, const Team& team, const ArrayReader& state);

  // The collector refers to the amplitude.
  Propagation(const Propagation&) = delete;
  Propagation& operator=(const Propagation&) = delete;

  void save(const std::filesystem::path& file, const std::string& identity, double seconds) const override;
  double seconds_before() const override { return seconds_before_; }

  void advance() override;
  bool finished() const override { return stage_ + 1 == stages().size() && step_ == stage().steps; }
  double time() const override;
  double fraction() const override;
  /// The grids since construction, one after the other.
  const std::vector<GridUse>& grids_used() const { return grids_used_; }

  std::vector<float> distribution() override;
  std::vector<std::complex<float>> amplitude() override { return amplitude_.rounded(); }
  Diagnostics diagnostics() const override;

 private:
  /// Without a wave function.
  struct Empty {};
  Propagation(Empty, const Plan& plan, const Team& team);
  const std::vector<Stage>& stages() const { return plan_.schedule().stages; }
  const Stage& stage() const { return stages()[stage_]; }
  void use_grid(const Grid& grid);
  void enter_stage(std::size_t stage);
  void grow_where_needed();
  void event();

  Plan plan_;
  Team team_;

  std::size_t stage_ = 0;
  long step_ = 0, last_event_ = 0;  ///< of the stage
  long steps_ = 0;                  ///< of all
  double norm_ = 1, smallest_norm_ = 1, bound_norm_ = 0;
  double energy_ = 0, residual_ = 0;
  double seconds_before_ = 0;
  MomentumAmplitude amplitude_;

  std::vector<GridUse> grids_used_;

  // Of the current grid.
  Grid grid_;
  std::optional<SplitStep> propagator_;
  std::optional<Field> psi_;
  std::unique_ptr<Absorber> absorber_;  ///< null where the mask touches nothing
  std::optional<Collector> collector_;
};

}  // namespace bondscope::tdse
