#pragma once

// One run: parameters and numerics in, momentum distribution out. No file and no MPI in here.

#include <functional>
#include <vector>

#include "libtdse/model/diagnostics.hpp"
#include "libtdse/model/run_parameters.hpp"
#include "libtdse/solver/preset.hpp"

namespace tdse {

struct RunResult {
  std::vector<float> pmd;  ///< dP/d²k in a.u.⁻², [kx][ky] on preset.momentum's axes
  Diagnostics diagnostics;
};

/// Called about once per absorption event with the fraction done, in [0, 1]. Returning false stops the run.
using RunMonitor = std::function<bool(double fraction)>;

/// Solves the TDSE, Eq. (2), from t = 0 to preset.duration · t_f and returns the mask-method momentum
/// distribution. The result depends on the arguments only, bit for bit on one machine type.
/// Throws ConfigError for parameters outside the model or a preset that violates check_numerics(),
/// NumericsError if the start state does not converge, the norm grows or a value is not finite, and
/// Interrupted if the monitor returns false.
RunResult run(const RunParameters& parameters, const ModelParameters& model, const Preset& preset,
              const RunMonitor& monitor = {});

/// Expected cost in units of grid points × time steps × log2(points); comparable between runs of all presets.
double expected_cost(const RunParameters& parameters, const ModelParameters& model, const Preset& preset);

/// Refuses numerics that would ruin this run: checks the step-resonance bound and the grid against the
/// momentum axes and the absorber. Throws ConfigError that names the key and the largest or smallest
/// admissible value.
void check_numerics(const RunParameters& parameters, const ModelParameters& model, const Preset& preset);

}  // namespace tdse
