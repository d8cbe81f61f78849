#include "libtdse/witness/witness.hpp"

#include <algorithm>
#include <cmath>
#include <exception>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "libpmd/base/clock.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/text/number.hpp"
#include "libpmd/model/momentum_plane.hpp"
#include "libtdse/solver/plain_preset.hpp"
#include "libtdse/witness/momentum_sums.hpp"
#include "libtdse/witness/slab_propagation.hpp"
#include "libtdse/witness/start_state.hpp"

namespace bondscope::tdse {
namespace {

constexpr double norm_tolerance = 1e-8;

/// One rank's wish to stop is everybody's. What a monitor throws stops all ranks, so that none waits for the
/// one that threw.
bool go_on(const RunMonitor& monitor, double fraction, MPI_Comm processes) {
  int stop = 0;
  std::exception_ptr thrown;
  try {
    if (monitor && !monitor(fraction)) stop = 1;
  } catch (...) {
    thrown = std::current_exception();
    stop = 1;
  }
  if (MPI_Allreduce(MPI_IN_PLACE, &stop, 1, MPI_INT, MPI_MAX, processes) != MPI_SUCCESS)
    throw Error("MPI cannot share the wish to stop");
  if (thrown) std::rethrow_exception(thrown);
  return stop == 0;
}

/// What propagates one plan, and what it collects.
struct Parts {
  SlabPropagation propagation;
  MomentumSums amplitude;

  Parts(const Plan& plan, MPI_Comm processes)
      : propagation(plan.potential(), stage(plan).grid.nx, stage(plan).grid.ny, stage(plan).grid.spacing,
                    stage(plan).numerics.time_step, processes),
        amplitude(plan.preset().momentum, stage(plan).grid.nx, stage(plan).grid.ny, propagation.rows(),
                  stage(plan).grid.spacing) {}

  static const Stage& stage(const Plan& plan) { return plan.schedule().stages.front(); }

  /// An absorption event at time t that ends `interval` without one.
  void absorb(const Plan& plan, double t, double interval) {
    const Preset& preset = plan.preset();
    const double strength = preset.absorber_beta * interval / preset.absorber_reference_step;
    amplitude.add(propagation.absorb(preset.absorber_radius, strength), t, plan.pulse().excursion(t));
  }
};

}  // namespace

double expected_seconds(const Plan& plan, MPI_Comm processes) {
  constexpr int tried = 4;
  Parts parts(plan, processes);
  parts.propagation.step(0);
  const auto begun = Clock::now();
  for (int i = 0; i < tried; ++i)
    parts.propagation.step(0);
  const double step = seconds_since(begun) / tried;
  parts.absorb(plan, 0, 1);
  const double event = seconds_since(begun) - tried * step;
  const Stage& stage = Parts::stage(plan);
  double seconds =
      static_cast<double>(stage.steps) * (step + event / static_cast<double>(stage.steps_per_event));
  MPI_Allreduce(MPI_IN_PLACE, &seconds, 1, MPI_DOUBLE, MPI_MAX, processes);
  return seconds;
}

RunResult witness(const Plan& plan, MPI_Comm processes, const RunMonitor& monitor) {
  const auto begun = Clock::now();
  check_plain(plan.preset());
  const Stage& stage = Parts::stage(plan);
  const double step_length = stage.numerics.time_step;
  // Tails of exp(-√(2|E|) r) down to rounding errors, but no larger than the box.
  const double half_width =
      std::min({32 + plan.parameters().R / 2, stage.grid.half_width_x(), stage.grid.half_width_y()});
  const StartState start = start_state(plan.potential(), half_width, stage.grid.spacing, step_length);
  Parts parts(plan, processes);
  parts.propagation.put(start);
  double norm = 1, smallest_norm = 1 + norm_tolerance;
  long last_event = 0;
  for (long step = 1; step <= stage.steps; ++step) {
    const double t = static_cast<double>(step) * step_length;
    parts.propagation.step(plan.pulse().excursion(t) - plan.pulse().excursion(t - step_length));
    if (step - last_event < stage.steps_per_event && step < stage.steps) continue;
    parts.absorb(plan, t, static_cast<double>(step - last_event) * step_length);
    last_event = step;
    norm = parts.propagation.norm();
    if (!std::isfinite(norm))
      throw NotFinite(fmt::format("the wave function is not finite at t = {}", format_number(t)));
    if (norm > smallest_norm + norm_tolerance)
      throw NormGrew(fmt::format("the norm grows from {} to {} at t = {}", format_number(smallest_norm),
                                 format_number(norm), format_number(t)));
    smallest_norm = std::min(smallest_norm, norm);
    if (step < stage.steps &&
        !go_on(monitor, static_cast<double>(step) / static_cast<double>(stage.steps), processes))
      throw RunInterrupted(fmt::format("the run was stopped at t = {}", format_number(t)), 0, 0, {});
  }
  RunResult result;
  result.pmd = parts.amplitude.distribution(processes);
  result.diagnostics.ground_state_energy = start.energy;
  result.diagnostics.ground_state_residual = start.residual;
  result.diagnostics.absorbed = 1 - norm;
  result.diagnostics.steps = static_cast<double>(stage.steps);
  const MomentumAxes& axes = plan.preset().momentum;
  const auto kx = axes.kx(), ky = axes.ky();
  measure(result.pmd, {kx.size(), ky.size(), kx.front(), ky.front(), axes.kx_spacing, axes.ky_spacing},
          result.diagnostics);
  if (!std::isfinite(result.diagnostics.yield)) throw NotFinite("the momentum distribution is not finite");
  result.diagnostics.wall_seconds = seconds_since(begun);
  return result;
}

}  // namespace bondscope::tdse
