#pragma once

// The plan of one run: what is simulated, with which numerics, stage by stage, and what that will cost. Made
// and checked once; all that happens in the run follows it.

#include <cstdint>

#include "libpmd/model/molecule.hpp"
#include "libpmd/model/pulse.hpp"
#include "libpmd/model/run_parameters.hpp"
#include "libtdse/solver/preset.hpp"
#include "libtdse/solver/schedule.hpp"

namespace bondscope::tdse {

class Plan {
 public:
  /// Throws ConfigError for parameters outside the model, and for numerics that would ruin this run: a time
  /// step beyond the step resonance, a grid that does not hold the momentum axes or the absorber, too many
  /// steps or points. The message names the key and the largest or smallest admissible value.
  Plan(const RunParameters& parameters, const ModelParameters& model, const Preset& preset);

  const RunParameters& parameters() const { return parameters_; }
  const ModelParameters& model() const { return model_; }
  const Preset& preset() const { return preset_; }
  const Potential& potential() const { return potential_; }
  const Pulse& pulse() const { return pulse_; }
  const Schedule& schedule() const { return schedule_; }

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
  Schedule schedule_;
};

}  // namespace bondscope::tdse
