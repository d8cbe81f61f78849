#include "libtdse/solver/plan.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "libpmd/base/error.hpp"
#include "libpmd/base/text/number.hpp"
#include "libpmd/model/units.hpp"
#include "libtdse/solver/dispersion.hpp"
#include "libtdse/solver/ground_state.hpp"
#include "libtdse/solver/stage_change.hpp"

namespace bondscope::tdse {
namespace {

/// Numbers as they read in a configuration.
std::string text(double number) {
  return format_number(number);
}

/// Momentum up to which the dispersion of the grid is that of a free electron.
double faithful_up_to(const Discretisation& numerics) {
  return Dispersion(units::pi / numerics.spacing, numerics.roll_off).faithful_up_to();
}

class Checks {
 public:
  explicit Checks(const Plan& plan)
      : plan_(plan),
        preset_(plan.preset()),
        numerics_(preset_.discretisation_of(plan.parameters().molecule, plan.parameters().R)) {}

  void spacing() const {
    const double softening = plan_.model().softening, widest = 0.8 * std::sqrt(softening);
    if (numerics_.spacing > widest)
      refuse("spacing: {} does not resolve nuclei of softening {}; expected at most {}",
             text(numerics_.spacing), text(softening), text(widest));
  }

  void time_step() const { check_step(numerics_, true, ""); }

  void momentum_axes() const {
    const double faithful = faithful_up_to(numerics_);
    for (const auto& [axis, max] :
         {std::pair{"kx_max", preset_.momentum.kx_max}, std::pair{"ky_max", preset_.momentum.ky_max}})
      if (max > faithful * (1 + 1e-9))
        refuse(
            "momentum.{}: {} lies beyond {}, where the dispersion of the grid (spacing {}, roll_off {}) "
            "leaves that of a free electron",
            axis, text(max), text(faithful), text(numerics_.spacing), text(numerics_.roll_off));
  }

  void late_stages() const {
    double spacing_before = numerics_.spacing;
    for (const LateStage& late : preset_.late_stages) {
      const auto& numerics = late.discretisation;
      const std::string where = fmt::format("after_pulse, delay {}: ", text(late.delay));
      check_step(numerics, false, where);
      if (numerics.spacing < spacing_before)
        refuse("{}spacing: {} is finer than that before, {}", where, text(numerics.spacing),
               text(spacing_before));
      spacing_before = numerics.spacing;
      // The outer fifth of the axes is empty after the pulse.
      const double fastest = std::min(0.8 * fastest_inside(preset_, 0), fastest_inside(preset_, late.delay));
      const double faithful = faithful_up_to(numerics);
      if (faithful < fastest)
        refuse(
            "{}spacing: {} with roll_off {} holds momenta up to {}; electrons with up to {} may still be "
            "inside",
            where, text(numerics.spacing), text(numerics.roll_off), text(faithful), text(fastest));
    }
  }

  void absorber() const {
    const double R = plan_.parameters().R, radius = preset_.absorber_radius;
    const double needed = ground_state_half_width(R);
    if (radius < needed)
      refuse("absorber.radius: {} would touch the ground state at R = {}; expected at least {}", text(radius),
             text(R), text(needed));
    for (const auto& [key, half_width] :
         {std::pair{"half_width_x", preset_.half_width_x}, std::pair{"half_width_y", preset_.half_width_y}})
      if (half_width <= radius)
        refuse("grid.{}: {} leaves no room for the absorber, which begins at {}", key, text(half_width),
               text(radius));
  }

  void stage_changes() const {
    const auto& stages = plan_.schedule().stages;
    for (std::size_t s = 0; s + 1 < stages.size(); ++s)
      if (!can_filter(stages[s].numerics, stages[s].deepest))
        refuse(
            "after_pulse: the time step before t = {} a.u., {}, is too long to tell bound from fast "
            "electrons there; expected a shorter one",
            text(stages[s].end), text(stages[s].numerics.time_step));
  }

 private:
  template <class... Values>
  [[noreturn]] void refuse(fmt::format_string<Values...> message, Values&&... values) const {
    throw ConfigError(fmt::format("preset '{}', molecule {}: {}", preset_.name, plan_.parameters().molecule,
                                  fmt::format(message, std::forward<Values>(values)...)));
  }

  void check_step(const Discretisation& numerics, bool in_field, const std::string& where) const {
    const double longest = longest_step(numerics, plan_.potential(), plan_.pulse(), in_field);
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
};

void check(const Plan& plan) {
  const Checks checks(plan);
  checks.spacing();
  checks.time_step();
  checks.momentum_axes();
  checks.late_stages();
  checks.absorber();
  checks.stage_changes();
}

}  // namespace

Plan::Plan(const RunParameters& parameters, const ModelParameters& model, const Preset& preset)
    : parameters_(parameters),
      model_(model),
      preset_(preset),
      potential_(parameters, model),
      pulse_(parameters.intensity_w_cm2, parameters.cep, model),
      schedule_(schedule_of(parameters, preset, potential_, pulse_)) {
  check(*this);
}

std::uint64_t Plan::bytes() const {
  // Measured: 40 to 140 MiB for half-width 50 to 180 a.u. at usual spacings, 613 MiB for the 8.4 million
  // points of `paper`; the momentum grids grow less than the points do.
  constexpr double base = 96.0 * (1 << 20), per_point = 70;
  double points = 0;
  for (const auto& stage : schedule_.stages)
    points = std::max(points, static_cast<double>(stage.grid.points()));
  return static_cast<std::uint64_t>(base + per_point * points);
}

}  // namespace bondscope::tdse
