#include "libtdse/solver/plan.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "libpmd/base/error.hpp"
#include "libpmd/base/text/number.hpp"
#include "libpmd/model/symmetry.hpp"
#include "libpmd/model/units.hpp"
#include "libtdse/solver/dispersion.hpp"
#include "libtdse/solver/stage_change.hpp"

namespace bondscope::tdse {
namespace {

constexpr double most_steps = 1e8;
constexpr double longest_automatic_step = 0.25;  // a.u.

/// Of the momenta of scattered electrons the part that images may show.
constexpr double scattered_and_seen = 0.75;

/// Slower electrons do not come to the absorber before the run ends: what the distribution shows of them
/// depends on both in any case, also of those that come back.
LateReturns late_returns(const Preset& preset, const Pulse& pulse) {
  const double end = preset.duration * pulse.duration();
  return {.until = end, .slowest = preset.absorber_radius / (end - pulse.duration())};
}

double end_of_axes(const Preset& preset) {
  return std::max(preset.momentum.kx_max, preset.momentum.ky_max);
}

/// Electrons that come back need not be scattered backwards, a.u.
double scattered_sideways(const Reach& reach) {
  return scattered_and_seen * reach.returning;
}

/// The largest momentum, a.u., of what images may show: up to the end of the axes, or of the electrons that
/// come back and are scattered, of which the fastest are too few to be seen. A grid that holds 0.85 of their
/// classical end was right to a fraction of a grey level at 800 nm and 4e14 W/cm²; with 0.53, at 1600 nm, it
/// was half a grey level off, with 0.43 four.
double fastest_of(const Preset& preset, const Reach& reach) {
  return std::max(end_of_axes(preset), scattered_and_seen * reach.rescattered);
}

/// How deep an absorber must be, a.u., to damp the amplitude of a wave of this speed by exp(-exponent): on
/// the way to a depth d it is damped by exp(-β/Δt₀ d³/3v).
double absorption_depth(const Preset& preset, double speed, double exponent) {
  return std::cbrt(3 * exponent * speed * preset.absorber_reference_step / preset.absorber_beta);
}

/// The largest momentum, a.u., of what may be inside from `delay` after the pulse on.
double fastest_inside(const Preset& preset, const Reach& reach, double delay) {
  const double axes = end_of_axes(preset);
  if (delay <= 0) return fastest_of(preset, reach);
  constexpr double exponent = 8;  // leaves nothing to see
  double speed = axes;
  for (int i = 0; i < 20; ++i)
    speed = (preset.absorber_radius + absorption_depth(preset, speed, exponent)) / delay;
  return std::min(fastest_of(preset, reach), speed);
}

/// Momentum up to which the dispersion of the grid is that of a free electron, along both directions.
double faithful_up_to(const Discretisation& numerics) {
  const Dispersions dispersions(numerics);
  return std::min(dispersions.x.faithful_up_to(), dispersions.y.faithful_up_to());
}

/// Whether the outer grid holds all that the image may show, and folds nothing faster into it. `production`
/// at 800 nm and 4e14 W/cm², where 0.75 of the classical end is 1.05 of what its outer grid is faithful to,
/// is right.
bool holds_electrons(const Discretisation& outer, const Preset& preset, const Reach& reach) {
  constexpr double a_little = 1.07;
  const double faithful = faithful_up_to(outer), nyquist = units::pi / outer.spacing;
  const double axes = end_of_axes(preset);
  const double seen = std::min(axes, scattered_and_seen * reach.rescattered);
  return reach.direct <= faithful && seen <= a_little * faithful && reach.rescattered <= 2 * nyquist - axes;
}

/// Half width of the inner box: what the mask has let through must not come round to the other side before
/// the next hand-over.
double inner_half_width(const MaskRange& mask, const Preset& preset, const Reach& reach, const Pulse& pulse) {
  return mask.end + preset.absorber_interval * (fastest_of(preset, reach) + pulse.largest_vector_potential());
}

/// The outer grid, if the preset wants one; none where it would not hold the electrons of this pulse, or the
/// inner box would be nearly as large or reach into the absorber.
std::optional<OuterPlan> outer_of(const Preset& preset, const Reach& reach, const Pulse& pulse, double extent,
                                  bool even) {
  if (!preset.outer) return {};
  const OuterGrid& outer = *preset.outer;
  if (!holds_electrons(outer.discretisation, preset, reach)) return {};
  // Trajectories begin at the origin, electrons at the nuclei.
  const double begin = std::max(outer.least_radius, reach.turning) + 0.5 * extent;
  const MaskRange mask{begin, begin + outer.mask_width};
  const double smallest = std::min(preset.half_width_x, preset.half_width_y);
  if (mask.end > std::min(preset.absorber_radius, 0.7 * smallest)) return {};
  if (inner_half_width(mask, preset, reach, pulse) > smallest) return {};
  return OuterPlan{
      Grid::covering(preset.half_width_x, preset.half_width_y, outer.discretisation.spacing, even),
      outer.discretisation, mask};
}

/// Throws ConfigError if a stage has too many steps or a grid that is too large.
/// Events become more frequent than the preset's, so that intervals are whole numbers of steps, even ones if
/// possible, and stages of intervals; time steps become a little shorter.
Schedule schedule_of(const RunParameters& parameters, const Preset& preset, const Potential& potential,
                     const BoundStates& bound, const Pulse& pulse, const Reach& reach) {
  const bool even = preset.mechanisms.even_symmetry && symmetry_of(potential).along_ky;
  const double duration = preset.duration * pulse.duration();
  Schedule schedule;
  schedule.outer = outer_of(preset, reach, pulse, potential.extent(), even);
  const auto& outer = schedule.outer;
  const auto grid_of = [&](double spacing) {
    if (!outer || !schedule.stages.empty())
      return Grid::covering(preset.half_width_x, preset.half_width_y, spacing, even);
    const double half_width = inner_half_width(outer->mask, preset, reach, pulse);
    return Grid::covering(half_width, half_width, spacing, even);
  };
  const auto add = [&](double begin, double end, Discretisation numerics, double interval) {
    if (end - begin < 1e-9 * duration) return;
    // An even number of steps, if there is room for two: the event is in the middle.
    const double pairs = std::floor(interval / numerics.time_step / 2 + 1e-9);
    const double longest = pairs < 1 ? interval : 2 * pairs * numerics.time_step;
    const double events = std::max(1.0, std::ceil((end - begin) / longest - 1e-9));
    const auto steps_within = [&](double time_step) {
      return std::max(1.0, std::ceil((end - begin) / events / time_step - 1e-9));
    };
    const double wanted =
        events * (pairs < 1 ? steps_within(numerics.time_step) : 2 * steps_within(2 * numerics.time_step));
    if (!(wanted <= most_steps))
      throw ConfigError(fmt::format("preset '{}': time_step: {} makes {} steps; expected at most {}",
                                    preset.name, format_number(numerics.time_step), format_number(wanted),
                                    format_number(most_steps)));
    const auto steps = static_cast<long>(wanted);
    numerics.time_step = (end - begin) / static_cast<double>(steps);
    schedule.stages.push_back(
        {begin, end, steps, numerics, steps / static_cast<long>(events),
         outer && schedule.stages.empty() ? static_cast<long>(steps_within(outer->numerics.time_step)) : 0,
         grid_of(numerics.spacing), schedule.stages.empty() ? bound.below_all() : bound.left()});
  };
  Discretisation numerics = preset.discretisation_of(parameters.molecule, parameters.R);
  if (numerics.time_step == 0)
    numerics.time_step = std::min(longest_automatic_step, longest_step(numerics, bound, pulse, true));
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

/// Numbers as they read in a configuration.
std::string text(double number) {
  return format_number(number);
}

std::string text(const RollOff& roll_off) {
  return roll_off.x == roll_off.y
             ? format_number(roll_off.x)
             : fmt::format("{{x: {}, y: {}}}", format_number(roll_off.x), format_number(roll_off.y));
}

/// The coarsest spacing, rounded down, that is faithful up to `momentum`, where one is up to `faithful`.
std::string spacing_for(double spacing, double faithful, double momentum) {
  return fmt::format("{:.3f}", std::floor(1000 * spacing * faithful / momentum) / 1000);
}

/// A time step not longer than the stage's with which its bound states can be told apart.
double filtering_step(const Stage& stage, const BoundStates& bound) {
  Discretisation numerics = stage.numerics;
  while (!can_filter(numerics, bound, stage.deepest))
    numerics.time_step *= 0.98;
  return std::floor(1e4 * numerics.time_step) / 1e4;
}

/// What a preset cannot do right for a run; all of it, so that nobody has to find one thing after the other.
class Checks {
 public:
  explicit Checks(const Plan& plan)
      : plan_(plan),
        preset_(plan.preset()),
        numerics_(preset_.discretisation_of(plan.parameters().molecule, plan.parameters().R)),
        widest_(0.8 * std::sqrt(plan.potential().smallest_softening())) {}

  void spacing() {
    if (numerics_.spacing > widest_)
      refuse("spacing: {} does not resolve nuclei of softening {}; expected at most {}",
             text(numerics_.spacing), text(plan_.potential().smallest_softening()), text(widest_));
  }

  void time_step() { check_step(numerics_, true, ""); }

  void momentum_axes() {
    const Dispersions dispersions(numerics_);
    const double along_x = dispersions.x.faithful_up_to(), along_y = dispersions.y.faithful_up_to();
    for (const auto& [axis, max, faithful] : {std::tuple{"kx_max", preset_.momentum.kx_max, along_x},
                                              std::tuple{"ky_max", preset_.momentum.ky_max, along_y}})
      if (max > faithful * (1 + 1e-9))
        refuse(
            "momentum.{}: {} lies beyond {}, where the dispersion of the grid (spacing {}, roll_off {}) "
            "leaves that of a free electron; expected at most that, or a spacing of at most {}",
            axis, text(max), text(faithful), text(numerics_.spacing), text(numerics_.roll_off),
            spacing_for(numerics_.spacing, faithful, max));
    const double direct = plan_.reach().direct;
    if (preset_.momentum.kx_max < direct)
      refuse("momentum.kx_max: {} does not hold the direct electrons of this pulse; expected at least {:.2f}",
             text(preset_.momentum.kx_max), direct + 0.005);
    // Where the dispersion bends they would lag behind and meet the nuclei once more.
    const double backwards = scattered_and_seen * plan_.reach().rescattered;
    const double sideways = scattered_sideways(plan_.reach());
    for (const auto& [axis, faithful, needed] :
         {std::tuple{'x', along_x, backwards}, std::tuple{'y', along_y, sideways}})
      if (faithful < 0.999 * needed)
        refuse(
            "spacing: {} with roll_off {} holds momenta along {} up to {:.3g}; electrons that this pulse "
            "drives back reach {:.3g}; expected a spacing of at most {}",
            text(numerics_.spacing), text(numerics_.roll_off), axis, faithful, needed,
            spacing_for(numerics_.spacing, faithful, needed));
  }

  void outer_grid() {
    if (!preset_.outer) return;
    const Discretisation& numerics = preset_.outer->discretisation;
    // With less it would be left out of every run.
    const double fastest = 0.8 * end_of_axes(preset_), faithful = faithful_up_to(numerics);
    if (faithful < fastest)
      refuse("outer.spacing: {} with roll_off {} holds momenta up to {}; expected at least {}",
             text(numerics.spacing), text(numerics.roll_off), text(faithful), text(fastest));
    if (!plan_.schedule().outer) return;
    const double bound_within =
        std::max(15.0, plan_.bound_states().decay_length(12));  // a.u. from the nuclei
    if (plan_.schedule().outer->mask.begin < 0.5 * plan_.potential().extent() + bound_within)
      refuse("outer.least_radius: {} would hand the bound state over to the outer grid; expected at least {}",
             text(preset_.outer->least_radius), text(bound_within));
    if (numerics.spacing < inner_spacing())
      refuse("outer.spacing: {} is finer than that of the inner box, {}", text(numerics.spacing),
             text(inner_spacing()));
    // Nothing is bound out there: only where free electrons would meet others of the same energy modulo
    // 2π/Δt.
    const double longest =
        largest_time_step(Dispersions(numerics), plan_.pulse().largest_vector_potential(), 0);
    if (numerics.time_step > longest)
      refuse("outer.time_step: {} couples electrons of different energies; expected at most {}",
             text(numerics.time_step), text(std::floor(longest * 1e5) / 1e5));
  }

  void late_stages() {
    double spacing_before = inner_spacing();
    for (const LateStage& late : preset_.late_stages) {
      const auto& numerics = late.discretisation;
      const std::string where = fmt::format("after_pulse, delay {}: ", text(late.delay));
      check_step(numerics, false, where);
      if (numerics.spacing < spacing_before)
        refuse("{}spacing: {} is finer than that before, {}; expected at least that", where,
               text(numerics.spacing), text(spacing_before));
      spacing_before = numerics.spacing;
      const double fastest = std::min(fastest_seen(), fastest_inside(preset_, plan_.reach(), late.delay));
      const double faithful = faithful_up_to(numerics);
      if (faithful < fastest)
        refuse(
            "{}spacing: {} with roll_off {} holds momenta up to {}; electrons with up to {} may still be "
            "inside; expected a spacing of at most {}, or a later stage",
            where, text(numerics.spacing), text(numerics.roll_off), text(faithful), text(fastest),
            spacing_for(numerics.spacing, faithful, fastest));
    }
  }

  void absorber() {
    const double extent = plan_.potential().extent(), radius = preset_.absorber_radius;
    const double needed = plan_.bound_states().half_width(extent);
    if (radius < needed)
      refuse(
          "absorber.radius: {} would touch the ground state of a molecule {} a.u. long; expected at least {}",
          text(radius), text(extent), text(needed));
    // The mask takes little on its first tenth.
    const double turning = plan_.reach().turning / 1.1;
    if (radius < turning)
      refuse(
          "absorber.radius: {} takes out electrons that the field would bring back from {:.4g} a.u.; "
          "expected at "
          "least {:.0f}",
          text(radius), plan_.reach().turning, std::ceil(turning));
    // What gets through the absorber comes back from the other side of the box through another one; of the
    // absorber as it should be.
    const double begin = std::max({radius, needed, radius < turning ? std::ceil(turning) : 0});
    constexpr double exponent = 2;
    for (const auto& [key, half_width, fastest] :
         {std::tuple{"half_width_x", preset_.half_width_x, plan_.fastest()},
          std::tuple{"half_width_y", preset_.half_width_y, preset_.momentum.ky_max}}) {
      const double wanted = begin + absorption_depth(preset_, fastest, exponent);
      if (half_width < wanted)
        refuse(
            "grid.{}: {} leaves too little room for an absorber that begins at {}; expected at least "
            "{:.0f}",
            key, text(half_width), text(begin), std::ceil(wanted));
    }
  }

  void stage_changes() {
    const auto& stages = plan_.schedule().stages;
    for (std::size_t s = 0; s + 1 < stages.size(); ++s)
      if (!can_filter(stages[s].numerics, plan_.bound_states(), stages[s].deepest))
        refuse(
            "after_pulse: the time step before t = {:.6g} a.u., {:.4g}, is too long to tell bound from fast "
            "electrons there; expected at most {:.4f}",
            stages[s].end, stages[s].numerics.time_step, filtering_step(stages[s], plan_.bound_states()));
  }

  /// Throws ConfigError if anything was refused.
  void finish() const {
    if (refused_.empty()) return;
    const std::string between = refused_.size() > 1 ? "\n  - " : " ";
    throw ConfigError(fmt::format("preset '{}', molecule {}:{}{}", preset_.name, plan_.parameters().molecule,
                                  between, fmt::join(refused_, between)));
  }

 private:
  template <class... Values>
  void refuse(fmt::format_string<Values...> message, Values&&... values) {
    refused_.push_back(fmt::format(message, std::forward<Values>(values)...));
  }

  /// As it would be admitted.
  double inner_spacing() const { return std::min(numerics_.spacing, widest_); }

  /// The outer fifth of the axes is empty but for electrons that do not come back.
  double fastest_seen() const { return std::max(0.8 * end_of_axes(preset_), plan_.reach().direct); }

  void check_step(const Discretisation& numerics, bool in_field, const std::string& where) {
    const double longest = longest_step(numerics, plan_.bound_states(), plan_.pulse(), in_field);
    if (numerics.time_step <= longest) return;
    const std::string field =
        in_field ? fmt::format(" and intensity_w_cm2 {}", text(plan_.parameters().intensity_w_cm2)) : "";
    refuse(
        "{}time_step: {} would couple the bound state to the corners of the momentum grid (step "
        "resonance); with spacing {}, roll_off {}{} the largest admissible time step is {}",
        where, text(numerics.time_step), text(numerics.spacing), text(numerics.roll_off), field,
        text(std::floor(longest * 1e5) / 1e5));
  }

  const Plan& plan_;
  const Preset& preset_;
  const Discretisation& numerics_;  ///< as the preset has them, until the end of the pulse
  double widest_;                   ///< spacing, a.u., that resolves the nuclei
  std::vector<std::string> refused_;
};

void check(const Plan& plan) {
  Checks checks(plan);
  checks.spacing();
  checks.time_step();
  checks.momentum_axes();
  checks.outer_grid();
  checks.late_stages();
  checks.absorber();
  checks.stage_changes();
  checks.finish();
}

}  // namespace

double longest_step(const Discretisation& numerics, const BoundStates& bound, const Pulse& pulse,
                    bool in_field) {
  const Dispersions dispersions(numerics);
  return in_field ? largest_time_step(dispersions, pulse.largest_vector_potential(), -bound.below_all())
                  : largest_time_step(dispersions, 0, -bound.left());
}

double Schedule::cost_before(std::size_t stage, long steps) const {
  double sum = 0;
  for (std::size_t s = 0; s <= stage; ++s) {
    const auto work = [](const Grid& grid, double times) {
      const auto points = static_cast<double>(grid.points());
      return times * points * std::log2(points);
    };
    const auto done = static_cast<double>(s < stage ? stages[s].steps : steps);
    // Single precision takes half the time: that of late stages and of the outer grid.
    constexpr double single = 0.5;
    sum += (s > 0 ? single : 1) * work(stages[s].grid, done);
    if (outer)
      sum += single * work(outer->grid, done * static_cast<double>(stages[s].outer_steps_per_event) /
                                            static_cast<double>(stages[s].steps_per_event));
  }
  return sum;
}

Plan::Plan(const RunParameters& parameters, const ModelParameters& model, const Preset& preset)
    : parameters_(parameters),
      model_(model),
      preset_(preset),
      potential_(parameters, model),
      pulse_(parameters, model),
      bound_states_(potential_),
      reach_(classical_reach(pulse_, -bound_states_.ground(), late_returns(preset, pulse_))),
      schedule_(schedule_of(parameters, preset, potential_, bound_states_, pulse_, reach_)) {
  check(*this);
}

double Plan::fastest() const {
  return fastest_of(preset_, reach_);
}

std::uint64_t Plan::bytes() const {
  // Measured: 26 to 68 MiB for half-width 50 to 240 a.u. at usual spacings, 590 MiB for the 8.4 million
  // points of `paper`; the momentum grids grow less than the points do.
  constexpr double base = 96.0 * (1 << 20), per_point = 70;
  double points = 0;
  for (const auto& stage : schedule_.stages)
    points = std::max(points, static_cast<double>(stage.grid.points()));
  if (schedule_.outer) points += 0.5 * static_cast<double>(schedule_.outer->grid.points());
  return static_cast<std::uint64_t>(base + per_point * points);
}

}  // namespace bondscope::tdse
