#include "libtdse/solver/run.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "libtdse/base/error.hpp"
#include "libtdse/model/molecule.hpp"
#include "libtdse/model/pulse.hpp"
#include "libtdse/model/units.hpp"
#include "libtdse/solver/absorber.hpp"
#include "libtdse/solver/dispersion.hpp"
#include "libtdse/solver/ground_state.hpp"
#include "libtdse/solver/momentum.hpp"
#include "libtdse/solver/split_step.hpp"

namespace tdse {
namespace {

constexpr double most_steps = 1e8;

Grid grid_of(const Discretisation& numerics, const Preset& preset) {
  return Grid::covering(preset.half_width_x, preset.half_width_y, numerics.spacing);
}

int steps_of(const Discretisation& numerics, const Pulse& pulse, const Preset& preset) {
  return static_cast<int>(std::ceil(preset.duration * pulse.duration() / numerics.time_step - 1e-9));
}

int steps_between_events(const Discretisation& numerics, const Preset& preset) {
  return std::max(1, static_cast<int>(std::lround(preset.absorber_interval / numerics.time_step)));
}

double median_of_rim(const std::vector<float>& pmd, std::size_t nkx, std::size_t nky) {
  std::vector<float> rim;
  for (std::size_t i = 0; i < nkx; ++i)
    for (std::size_t j = 0; j < nky; ++j)
      if (i == 0 || j == 0 || i + 1 == nkx || j + 1 == nky) rim.push_back(pmd[i * nky + j]);
  std::nth_element(rim.begin(), rim.begin() + static_cast<std::ptrdiff_t>(rim.size() / 2), rim.end());
  return rim[rim.size() / 2];
}

}  // namespace

double expected_cost(const RunParameters& parameters, const ModelParameters& model, const Preset& preset) {
  const auto& numerics = preset.discretisation_of(parameters.molecule);
  const Grid grid = grid_of(numerics, preset);
  const double points = static_cast<double>(grid.points());
  return points * std::log2(points) *
         steps_of(numerics, Pulse(parameters.intensity_w_cm2, parameters.cep, model), preset);
}

void check_numerics(const RunParameters& parameters, const ModelParameters& model, const Preset& preset) {
  const Potential potential(parameters, model);
  const Pulse pulse(parameters.intensity_w_cm2, parameters.cep, model);
  const auto& numerics = preset.discretisation_of(parameters.molecule);
  const auto refuse = [&](const std::string& message) {
    throw ConfigError("preset '" + preset.name + "', molecule " + parameters.molecule + ": " + message);
  };
  const double widest = 0.75 * std::sqrt(model.softening);
  if (numerics.spacing > widest)
    refuse("spacing: " + format_number(numerics.spacing) + " does not resolve nuclei of softening " +
           format_number(model.softening) + "; expected at most " + format_number(widest));
  const double steps = preset.duration * pulse.duration() / numerics.time_step;
  if (steps > most_steps)
    refuse("time_step: " + format_number(numerics.time_step) + " makes " + format_number(steps) +
           " steps; expected at most " + format_number(most_steps));
  // A bound state lies well above the bottom of its well: 0.44 to 0.56 of the depth for these molecules.
  constexpr double share_of_depth = 0.6;
  const Dispersion dispersion(units::pi / numerics.spacing, numerics.roll_off);
  const double longest = largest_time_step(dispersion, pulse.peak_field() / pulse.omega(),
                                           -share_of_depth * potential.deepest());
  if (numerics.time_step > longest)
    refuse(
        "time_step: " + format_number(numerics.time_step) +
        " would couple the bound state to the corners of the momentum grid (step resonance); with spacing " +
        format_number(numerics.spacing) + ", roll_off " + format_number(numerics.roll_off) +
        " and intensity_w_cm2 " + format_number(parameters.intensity_w_cm2) +
        " the largest admissible time step is " + format_number(std::floor(longest * 1e5) / 1e5));
  for (const auto& [axis, max] :
       {std::pair{"kx_max", preset.momentum.kx_max}, std::pair{"ky_max", preset.momentum.ky_max}})
    if (max > dispersion.faithful_up_to())
      refuse(std::string("momentum.") + axis + ": " + format_number(max) + " lies beyond " +
             format_number(dispersion.faithful_up_to()) + ", where the dispersion of the grid (spacing " +
             format_number(numerics.spacing) + ", roll_off " + format_number(numerics.roll_off) +
             ") leaves that of a free electron");
  const double needed = ground_state_half_width(parameters.R);
  if (preset.absorber_radius < needed)
    refuse("absorber.radius: " + format_number(preset.absorber_radius) +
           " would touch the ground state at R = " + format_number(parameters.R) + "; expected at least " +
           format_number(needed));
  for (const auto& [key, half_width] :
       {std::pair{"half_width_x", preset.half_width_x}, std::pair{"half_width_y", preset.half_width_y}})
    if (half_width <= preset.absorber_radius)
      refuse(std::string("grid.") + key + ": " + format_number(half_width) +
             " leaves no room for the absorber, which begins at " + format_number(preset.absorber_radius));
  grid_of(numerics, preset);  // refuses sizes beyond the supported ones
}

RunResult run(const RunParameters& parameters, const ModelParameters& model, const Preset& preset,
              const RunMonitor& monitor) {
  const auto started = std::chrono::steady_clock::now();
  check_numerics(parameters, model, preset);
  const auto& numerics = preset.discretisation_of(parameters.molecule);
  const Potential potential(parameters, model);
  const Pulse pulse(parameters.intensity_w_cm2, parameters.cep, model);
  const Grid grid = grid_of(numerics, preset);
  const double dt = numerics.time_step;
  const int steps = steps_of(numerics, pulse, preset);
  const int event_every = steps_between_events(numerics, preset);

  RunResult result;
  Diagnostics& report = result.diagnostics;
  auto step = SplitStep::real_time(grid, potential, numerics, preset.corrected_potential);
  Sweeper& sweeper = step.sweeper();
  Field psi = [&] {
    const auto start = ground_state(potential, parameters.R, numerics, preset.corrected_potential);
    report.ground_state_energy = start.energy;
    report.ground_state_residual = start.residual;
    return embed(start, grid);
  }();
  sweeper.to_mixed(psi);

  const Absorber absorber(grid, preset, event_every * dt);
  MomentumAmplitude amplitude(grid, pulse, preset);
  Field outgoing(grid);
  double norm = 1;
  // The last step only serves to look at ψ before its kick, when the last event takes place.
  for (int n = 0; n <= steps; ++n) {
    const double t = n * dt;
    const double delta_excursion = pulse.excursion(t + dt) - pulse.excursion(t);
    if ((n % event_every != 0 && n != steps) || n == 0) {
      step.advance(psi, delta_excursion);
      continue;
    }
    double sum = 0;
    step.advance(psi, delta_excursion, [&](int i, Complex* line) {
      absorber.absorb(i, line, grid.ny, outgoing.row(i));
      for (int j = 0; j < grid.ny; ++j)
        sum += std::norm(line[j]);
    });
    amplitude.add(sweeper, outgoing, absorber.touched(), t);
    const double norm_now = sum * grid.cell() / (static_cast<double>(grid.ny) * grid.ny);
    if (!std::isfinite(norm_now))
      throw NumericsError("the wave function is not finite at t = " + format_number(t));
    if (norm_now > norm + 1e-8)
      throw NumericsError("the norm grows from " + format_number(norm) + " to " + format_number(norm_now) +
                          " at t = " + format_number(t));
    norm = norm_now;
    if (monitor && !monitor(static_cast<double>(n) / steps))
      throw Interrupted("the run was stopped at t = " + format_number(t));
  }

  result.pmd = amplitude.distribution();
  const auto kx = preset.momentum.kx(), ky = preset.momentum.ky();
  double sum = 0;
  for (const float p : result.pmd)
    sum += p;
  if (!std::isfinite(sum)) throw NumericsError("the momentum distribution is not finite");
  report.yield = sum * preset.momentum.kx_spacing * preset.momentum.ky_spacing;
  report.absorbed = 1 - norm;
  report.pmd_max = *std::max_element(result.pmd.begin(), result.pmd.end());
  report.noise_floor = median_of_rim(result.pmd, kx.size(), ky.size());
  report.steps = steps;
  report.wall_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  return result;
}

}  // namespace tdse
