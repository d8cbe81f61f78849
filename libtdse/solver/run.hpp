#pragma once

// One run: parameters and numerics in, momentum distribution out. No file and no MPI in here.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <vector>

#include "libpmd/base/error.hpp"
#include "libpmd/model/diagnostics.hpp"
#include "libpmd/model/run_parameters.hpp"
#include "libtdse/solver/preset.hpp"
#include "libtdse/solver/team.hpp"

namespace bondscope::tdse {

/// Saving a run in flight, so that an interrupted one continues with the same bits. Only runs that are
/// expected to take longer than `interval` are saved, about as often and when they are interrupted.
struct Checkpointing {
  std::filesystem::path file;  ///< empty: no saving
  double interval = 600;       ///< s
};

struct RunResult {
  std::vector<float> pmd;  ///< dP/d²k in a.u.⁻², [kx][ky] on preset.momentum's axes
  Diagnostics diagnostics;
  double resumed_at = 0;  ///< a.u., where a saved state let it begin
  std::string
      checkpoint_error;  ///< why the state could not be saved when it last should have been; empty: it could
};

/// run() was stopped by its monitor.
class RunInterrupted : public Interrupted {
 public:
  RunInterrupted(const std::string& what, double resumed, double saved, std::string error)
      : Interrupted(what), resumed_at(resumed), saved_at(saved), checkpoint_error(std::move(error)) {}

  double resumed_at;             ///< a.u., where a saved state let it begin
  double saved_at;               ///< a.u., of the last state that was saved since; 0: none
  std::string checkpoint_error;  ///< as in RunResult
};

/// Called about once per absorption event with the fraction done, in [0, 1]. Returning false stops the run;
/// of several ranks each is asked its own monitor, and one false stops all.
using RunMonitor = std::function<bool(double fraction)>;

/// Solves the TDSE, Eq. (2), from t = 0 to preset.duration · t_f and returns the mask-method momentum
/// distribution, on every rank of the team. The result depends on parameters, model and preset only, bit for
/// bit on one machine type. A state saved by an earlier call for the same run is continued; one that is
/// damaged or belongs to something else is not used. The file stays until the caller, who has stored the
/// result, removes it (remove_sealed()). Throws ConfigError for parameters outside the model or a preset that
/// violates check_numerics(), NumericsError if the start state does not converge, the norm grows or a value
/// is not finite, and RunInterrupted if the monitor returns false.
RunResult run(const RunParameters& parameters, const ModelParameters& model, const Preset& preset,
              const RunMonitor& monitor = {}, const Team& team = {}, const Checkpointing& checkpointing = {});

/// Expected cost in units of grid points × time steps × log2(points); comparable between runs of all presets.
double expected_cost(const RunParameters& parameters, const ModelParameters& model, const Preset& preset);

/// Memory that a run on one rank needs, roughly.
std::uint64_t expected_bytes(const RunParameters& parameters, const ModelParameters& model,
                             const Preset& preset);

/// Refuses numerics that would ruin this run: checks the step-resonance bound and the grid against the
/// momentum axes and the absorber. Throws ConfigError that names the key and the largest or smallest
/// admissible value.
void check_numerics(const RunParameters& parameters, const ModelParameters& model, const Preset& preset);

}  // namespace bondscope::tdse
