#pragma once

// One run: plan in, momentum distribution out.

#include <complex>
#include <functional>
#include <memory>
#include <vector>

#include "libpmd/base/error.hpp"
#include "libpmd/model/diagnostics.hpp"
#include "libtdse/solver/checkpointing.hpp"
#include "libtdse/solver/plan.hpp"
#include "libtdse/solver/propagator.hpp"
#include "libtdse/solver/team.hpp"

namespace bondscope::tdse {

/// What a run gives.
struct RunResult {
  std::vector<float> pmd;  ///< dP/d²k in a.u.⁻², [kx][ky] on the momentum axes of the preset
  /// b(k) of absorber.hpp in a.u.⁻¹, likewise; empty without preset.amplitude.
  std::vector<std::complex<float>> amplitude;
  Diagnostics diagnostics;       ///< what it reports of itself
  double resumed_at = 0;         ///< a.u., where a saved state let it begin
  std::string checkpoint_error;  ///< as Saver::error()
};

/// run() was stopped by its monitor.
class RunInterrupted : public Interrupted {
 public:
  /// As its members.
  RunInterrupted(const std::string& what, double resumed, double saved, std::string error)
      : Interrupted(what), resumed_at(resumed), saved_at(saved), checkpoint_error(std::move(error)) {}

  double resumed_at;             ///< a.u., where a saved state let it begin
  double saved_at;               ///< a.u., of the last state that was saved since; 0: none
  std::string checkpoint_error;  ///< as in RunResult
};

/// Called about once per absorption event with the fraction done, in [0, 1]. Returning false stops the run;
/// of several ranks each is asked its own monitor, and one false stops all.
using RunMonitor = std::function<bool(double fraction)>;

/// The solver's own method: sweeps along rows and columns of one field after the other.
std::unique_ptr<Propagator> sweeps(const Plan& plan, const Team& team, const ArrayReader* state);

/// Solves the TDSE, Eq. (2), from t = 0 to preset.duration · t_f and returns the mask-method momentum
/// distribution, on every rank of the team. By the solver's own method the result depends on the plan only,
/// bit for bit on one machine type. A state saved by an earlier call for the same run is continued; one that
/// is damaged or belongs to something else is not used. The file stays until the caller, who has stored the
/// result, removes it (remove_array_file()). Throws NumericsError if the start state does not converge, the
/// norm grows or a value is not finite, RunInterrupted if the monitor returns false, and ConfigError if the
/// ranks have processors with different instructions.
RunResult run(const Plan& plan, const RunMonitor& monitor = {}, const Team& team = {},
              const Checkpointing& checkpointing = {}, const Method& method = sweeps);

}  // namespace bondscope::tdse
