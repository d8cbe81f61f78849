#pragma once

// The plan of one run: what is simulated, with which numerics, stage by stage, and what that will cost. Made
// and checked once; all that happens in the run follows it.

#include <cstdint>
#include <optional>
#include <vector>

#include "libpmd/model/potential.hpp"
#include "libpmd/model/pulse.hpp"
#include "libpmd/model/trajectories.hpp"
#include "libtdse/solver/bound_states.hpp"
#include "libtdse/solver/grid.hpp"
#include "libtdse/solver/hand_over.hpp"
#include "libtdse/solver/preset.hpp"

namespace bondscope::tdse {

/// Part of a run: `steps` steps of numerics.time_step from `begin` to `end`, an event every few.
struct Stage {
  double begin = 0, end = 0;       ///< a.u.
  long steps = 0;                  ///< of time; a multiple of steps_per_event
  Discretisation numerics;         ///< the time step resolved
  long steps_per_event = 1;        ///< time steps from absorption to absorption
  long outer_steps_per_event = 0;  ///< on the outer grid, if there is one
  Grid grid;                       ///< of the whole box, or of the inner one
  double deepest = 0;              ///< energy below all bound states that may be populated, hartree
};

/// The grid around an inner box.
struct OuterPlan {
  Grid grid;                ///< of the whole box
  Discretisation numerics;  ///< time_step: the longest; intervals are whole numbers of steps
  MaskRange mask;           ///< that hands over
};

/// The stages of a run.
struct Schedule {
  std::vector<Stage> stages;       ///< one after the other
  std::optional<OuterPlan> outer;  ///< around the first stage's, if any

  /// Expected grid points × log2(points), summed over the steps before `steps` of a stage.
  double cost_before(std::size_t stage, long steps) const;
  /// All of it.
  double cost() const { return cost_before(stages.size() - 1, stages.back().steps); }
};

/// The longest time step without step resonances, a.u.: in the field, or in a late stage without it.
double longest_step(const Discretisation& numerics, const BoundStates& bound, const Pulse& pulse,
                    bool in_field);

/// One run, planned and checked.
class Plan {
 public:
  /// Throws ConfigError for parameters outside the model, and for numerics that would ruin this run: a time
  /// step beyond the step resonance, a grid that does not hold the momentum axes or the absorber, axes,
  /// absorber or sampling that do not hold the pulse's electrons (trajectories.hpp), too many steps or
  /// points. The message names all keys that are wrong, each with the largest or smallest admissible value;
  /// what makes planning impossible, such as too many steps, comes alone.
  Plan(const RunParameters& parameters, const ModelParameters& model, const Preset& preset);

  /// What is simulated.
  const RunParameters& parameters() const { return parameters_; }
  /// Pulse and softening.
  const ModelParameters& model() const { return model_; }
  /// With which numerics.
  const Preset& preset() const { return preset_; }
  /// V(x, y)
  const Potential& potential() const { return potential_; }
  /// A(t)
  const Pulse& pulse() const { return pulse_; }
  const BoundStates& bound_states() const { return bound_states_; }  ///< of the molecule
  const Reach& reach() const { return reach_; }                      ///< of electrons in this pulse
  /// Stage by stage.
  const Schedule& schedule() const { return schedule_; }

  double fastest() const;  ///< largest momentum of an electron that matters, a.u.

  /// Expected cost in units of grid points × time steps × log2(points); comparable between runs of all
  /// presets.
  double cost() const { return schedule_.cost(); }
  /// Memory that the run on one rank needs, roughly.
  std::uint64_t bytes() const;

 private:
  RunParameters parameters_;
  ModelParameters model_;
  Preset preset_;
  Potential potential_;
  Pulse pulse_;
  BoundStates bound_states_;
  Reach reach_;
  Schedule schedule_;
};

}  // namespace bondscope::tdse
