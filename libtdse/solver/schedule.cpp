#include "libtdse/solver/schedule.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "libpmd/base/error.hpp"
#include "libpmd/base/text/number.hpp"
#include "libpmd/model/units.hpp"
#include "libtdse/solver/dispersion.hpp"

namespace bondscope::tdse {
namespace {

constexpr double most_steps = 1e8;
constexpr double longest_automatic_step = 0.25;  // a.u.

/// Deeper states are taken out before a late stage, hartree (stage_change.hpp).
constexpr double deepest_left = -0.35;

/// A bound state lies well above the bottom of its well: 0.44 to 0.56 of the depth for these molecules.
double deepest_state(const Potential& potential) {
  return 0.6 * potential.deepest();
}

}  // namespace

double longest_step(const Discretisation& numerics, const Potential& potential, const Pulse& pulse,
                    bool in_field) {
  const Dispersion dispersion(units::pi / numerics.spacing, numerics.roll_off);
  return in_field
             ? largest_time_step(dispersion, pulse.peak_field() / pulse.omega(), -deepest_state(potential))
             : largest_time_step(dispersion, 0, -deepest_left);
}

double fastest_inside(const Preset& preset, double delay) {
  const double axes = std::max(preset.momentum.kx_max, preset.momentum.ky_max);
  if (delay <= 0) return axes;
  // On the way to a depth d at speed v a wave is damped by exp(-β/Δt₀ d³/3v); this much leaves nothing to
  // see.
  constexpr double exponent = 8;
  double speed = axes;
  for (int i = 0; i < 20; ++i)
    speed = (preset.absorber_radius +
             std::cbrt(3 * exponent * speed * preset.absorber_reference_step / preset.absorber_beta)) /
            delay;
  return std::min(axes, speed);
}

Schedule schedule_of(const RunParameters& parameters, const Preset& preset, const Potential& potential,
                     const Pulse& pulse) {
  const bool even = preset.mechanisms.even_symmetry && potential.mirror_symmetric();
  const double duration = preset.duration * pulse.duration();
  Schedule schedule;
  const auto add = [&](double begin, double end, Discretisation numerics, double interval) {
    const double delay = std::max(begin - pulse.duration(), 0.0);
    if (end - begin < 1e-9 * duration) return;
    const double wanted = std::max(1.0, std::ceil((end - begin) / numerics.time_step - 1e-9));
    if (!(wanted <= most_steps))
      throw ConfigError(fmt::format("preset '{}': time_step: {} makes {} steps; expected at most {}",
                                    preset.name, format_number(numerics.time_step), format_number(wanted),
                                    format_number(most_steps)));
    const auto steps = static_cast<long>(wanted);
    numerics.time_step = (end - begin) / static_cast<double>(steps);
    schedule.stages.push_back(
        {begin, end, steps, numerics, std::max(1L, std::lround(interval / numerics.time_step)),
         Grid::covering(preset.half_width_x, preset.half_width_y, numerics.spacing, even),
         fastest_inside(preset, delay), schedule.stages.empty() ? deepest_state(potential) : deepest_left});
  };
  Discretisation numerics = preset.discretisation_of(parameters.molecule, parameters.R);
  if (numerics.time_step == 0)
    numerics.time_step = std::min(longest_automatic_step, longest_step(numerics, potential, pulse, true));
  double begin = 0, interval = preset.absorber_interval;
  for (const LateStage& late : preset.late_stages) {
    const double end = pulse.duration() + late.delay;
    if (end >= duration) break;
    add(begin, end, numerics, interval);
    begin = end;
    numerics = late.discretisation;
    interval = late.absorber_interval;
  }
  add(begin, duration, numerics, interval);
  return schedule;
}

double Schedule::cost_before(std::size_t stage, long steps) const {
  double sum = 0;
  for (std::size_t s = 0; s <= stage; ++s) {
    const double points = static_cast<double>(stages[s].grid.points());
    sum += static_cast<double>(s < stage ? stages[s].steps : steps) * points * std::log2(points);
  }
  return sum;
}

}  // namespace bondscope::tdse
