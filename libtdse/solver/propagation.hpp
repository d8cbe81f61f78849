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
  Grid grid;                      ///< that was stepped on
  bool single_precision = false;  ///< of the field
  long steps = 0;                 ///< taken on it
  double seconds = 0;             ///< that the steps took, without absorption
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
  /// A field with all that happens to it: steps, and at its edge the mask, which gives to the momentum
  /// amplitude what it takes.
  template <class Real>
  struct Layer {
    Grid grid;
    Discretisation numerics;
    BasicSplitStep<Real> propagator;
    BasicField<Real> psi;
    std::unique_ptr<Absorber> absorber;  ///< null where the mask touches nothing
    std::optional<BasicCollector<Real>> collector;
    std::size_t use;  ///< in grids_used_

    Layer(const Propagation& run, const Grid& grid, const Discretisation& numerics, bool reaches_absorber,
          BasicField<Real> psi);
  };

  /// Without a wave function.
  struct Empty {};
  Propagation(Empty, const Plan& plan, const Team& team);
  const std::vector<Stage>& stages() const { return plan_.schedule().stages; }
  const Stage& stage() const { return stages()[stage_]; }
  double event_interval() const {
    return static_cast<double>(stage().steps_per_event) * stage().numerics.time_step;
  }
  /// Calls visit(layer) for one or two of them.
  template <class Self, class Visit>
  static void each_layer(Self& self, Visit visit) {
    if (self.bound_) visit(*self.bound_);
    if (self.loose_) visit(*self.loose_);
  }
  template <class Real>
  void use(std::optional<Layer<Real>>& layer, const Grid& grid, const Discretisation& numerics,
           const BasicField<Real>& whole);
  void use_outer_grid();
  void enter_stage(std::size_t stage);
  template <class Real>
  void advance(Layer<Real>& layer, long count);
  template <class Real>
  void steps(Layer<Real>& layer, long first, long last);
  template <class Real>
  void absorb(Layer<Real>& layer, double t);
  void end_interval();
  template <class Real>
  void check_norm(const Layer<Real>& layer);

  Plan plan_;
  Team team_;

  std::size_t stage_ = 0;
  long step_ = 0;    ///< of the stage, between two intervals
  long steps_ = 0;   ///< of all, without the outer grid's
  double norm_ = 1;  ///< of the stage's field, as it was last looked at
  double absorbed_ = 0;
  double energy_ = 0, residual_ = 0;
  double seconds_before_ = 0;
  MomentumAmplitude amplitude_;
  std::vector<GridUse> grids_used_;

  // In the first stage the bound state, in the whole box or in an inner one, needs double precision. What has
  // left the inner box, and all that is left in later stages, does not.
  std::optional<Layer<double>> bound_;
  std::optional<Layer<float>> loose_;
  std::optional<HandOver> hand_over_;
  bool loose_empty_ = true;  ///< until something worth a step has arrived
};

}  // namespace bondscope::tdse
