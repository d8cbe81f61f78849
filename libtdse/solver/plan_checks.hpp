#pragma once

// What a plan must fulfil so that its numerics do not ruin the run.

namespace bondscope::tdse {

class Plan;

/// Checks the spacing against the softening, the time steps against the step resonance, and the grids against
/// the momentum axes and the absorber. Throws ConfigError, see Plan.
void check(const Plan& plan);

}  // namespace bondscope::tdse
