#pragma once

// When which numerics are used in a run.

#include <vector>

#include "libpmd/model/molecule.hpp"
#include "libpmd/model/pulse.hpp"
#include "libpmd/model/run_parameters.hpp"
#include "libtdse/solver/grid.hpp"
#include "libtdse/solver/preset.hpp"

namespace bondscope::tdse {

/// Part of a run: `steps` steps of numerics.time_step from `begin` to `end`.
struct Stage {
  double begin = 0, end = 0;  ///< a.u.
  long steps = 0;
  Discretisation numerics;
  long steps_per_event = 1;
  Grid grid;           ///< the largest that the stage uses
  double fastest = 0;  ///< largest momentum of an electron that may still be inside, a.u.
  double deepest = 0;  ///< energy below all bound states that may be populated, hartree
};

struct Schedule {
  std::vector<Stage> stages;  ///< one after the other

  /// Expected grid points × log2(points), summed over the steps before `steps` of a stage.
  double cost_before(std::size_t stage, long steps) const;
  double cost() const { return cost_before(stages.size() - 1, stages.back().steps); }
};

/// The largest momentum, a.u., of what may be inside from `delay` after the pulse on.
double fastest_inside(const Preset& preset, double delay);

/// The longest time step without step resonances, a.u.: in the field, or in a late stage without it.
double longest_step(const Discretisation& numerics, const Potential& potential, const Pulse& pulse,
                    bool in_field);

/// Throws ConfigError if a stage has too many steps or a grid that is too large.
/// Time steps become a little shorter than the preset's, so that stages are whole numbers of them.
Schedule schedule_of(const RunParameters& parameters, const Preset& preset, const Potential& potential,
                     const Pulse& pulse);

}  // namespace bondscope::tdse
