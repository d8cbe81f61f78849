#include "libtdse/solver/run.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <exception>
#include <memory>
#include <string>
#include <vector>

#include "libpmd/base/error.hpp"
#include "libpmd/base/process/build_info.hpp"
#include "libpmd/base/process/fingerprint.hpp"
#include "libpmd/base/text/number.hpp"
#include "libpmd/model/measure.hpp"
#include "libpmd/model/molecule.hpp"
#include "libpmd/model/pulse.hpp"
#include "libpmd/model/units.hpp"
#include "libtdse/fourier/chosen_kernels.hpp"
#include "libtdse/solver/bound_part.hpp"
#include "libtdse/solver/dispersion.hpp"
#include "libtdse/solver/ground_state.hpp"
#include "libtdse/solver/propagation.hpp"

namespace bondscope::tdse {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

enum class Wish { go_on, stop, stop_without_saving };

/// Asks this rank's monitor; the answer is that of all ranks. What a monitor throws stops them all, and
/// nobody waits for its rank any more.
Wish wish(const RunMonitor& monitor, double fraction, Ranks& ranks) {
  std::array<double, 2> stop_and_thrown{};
  std::exception_ptr thrown;
  try {
    if (monitor && !monitor(fraction)) stop_and_thrown[0] = 1;
  } catch (...) {
    thrown = std::current_exception();
    stop_and_thrown[1] = 1;
  }
  ranks.sum(stop_and_thrown);
  if (thrown) std::rethrow_exception(thrown);
  return stop_and_thrown[1] > 0   ? Wish::stop_without_saving
         : stop_and_thrown[0] > 0 ? Wish::stop
                                  : Wish::go_on;
}

/// All ranks must do the same arithmetic.
void check_same_kernels(Ranks& ranks) {
  std::vector<double> users;
  for (const char* name : {"generic", "avx2", "avx512"})
    users.push_back(chosen_kernels().name == std::string(name) ? 1 : 0);
  ranks.sum(users);
  if (std::count_if(users.begin(), users.end(), [](double n) { return n > 0; }) > 1)
    throw ConfigError(
        "the ranks of this run have processors with different instructions; set PMD_INSTRUCTIONS to "
        "those that all have (generic, avx2, avx512)");
}

/// When the state of a run is saved and where it goes on. The members are collective.
class Saver {
 public:
  Saver(const RunParameters& parameters, const ModelParameters& model, const Preset& preset,
        const Checkpointing& settings, Ranks& ranks)
      : settings_(settings), ranks_(ranks) {
    // Whatever the bits of a state may depend on.
    const auto number = [](double value) { return format_number(value) + " "; };
    identity_ = "run of tdse " + code_version() + ", " + executable_fingerprint() + ", " +
                chosen_kernels().name + "\n" + parameters.molecule + " " + number(parameters.R) +
                number(parameters.intensity_w_cm2) + number(parameters.cep) + number(parameters.angle) +
                number(model.wavelength_nm) + std::to_string(model.cycles) + " " + number(model.softening) +
                "\n" + preset.to_yaml();
  }

  /// The run from where it was saved, if all ranks can use what is there and found it at the same time.
  template <class Continue>
  std::unique_ptr<Propagation> continued(const Continue& from) const {
    if (settings_.file.empty()) return {};
    std::unique_ptr<Propagation> propagation;
    try {
      if (const auto state = StateReader::open(settings_.file, identity_)) propagation = from(*state);
    } catch (const Error&) {
      // Damaged, of another run, impossible or unreadable: the run begins anew.
      propagation.reset();
    }
    constexpr double nothing = -1;
    std::vector<double> found(static_cast<std::size_t>(ranks_.size()));
    found[static_cast<std::size_t>(ranks_.rank())] = propagation ? propagation->time() : nothing;
    ranks_.sum(found);
    // A file system may show one machine an older state than another.
    if (found.front() == nothing || std::count(found.begin(), found.end(), found.front()) != ranks_.size())
      propagation.reset();
    return propagation;
  }

  void save_if_due(const Propagation& propagation, double seconds) {
    if (settings_.file.empty()) return;
    double due =
        ranks_.rank() == 0 && worth_saving(propagation, seconds) && seconds_since(last_) >= settings_.interval
            ? 1
            : 0;
    ranks_.sum({&due, 1});
    if (due > 0) save(propagation, seconds);
  }

  void save_interrupted(const Propagation& propagation, double seconds) {
    if (settings_.file.empty()) return;
    double due = ranks_.rank() == 0 && worth_saving(propagation, seconds) ? 1 : 0;
    ranks_.sum({&due, 1});
    if (due > 0) save(propagation, seconds);
  }

  const std::string& error() const { return error_; }
  /// Time of the last state that was saved, a.u.; 0: none.
  double saved_at() const { return saved_at_; }

 private:
  bool worth_saving(const Propagation& propagation, double seconds) const {
    const double fraction = propagation.fraction();
    return fraction > 0 && seconds / fraction > settings_.interval;
  }

  void save(const Propagation& propagation, double seconds) {
    last_ = Clock::now();
    try {
      propagation.save(settings_.file, identity_, seconds);
      saved_at_ = propagation.time();
      error_.clear();
    } catch (const FileError& e) {
      // A run that cannot be saved is not worse than before.
      error_ = e.what();
    }
  }

  Checkpointing settings_;
  Ranks& ranks_;
  std::string identity_, error_;
  double saved_at_ = 0;
  Clock::time_point last_ = Clock::now();
};

}  // namespace

double expected_cost(const RunParameters& parameters, const ModelParameters& model, const Preset& preset) {
  return schedule_of(parameters, model, preset).cost();
}

std::uint64_t expected_bytes(const RunParameters& parameters, const ModelParameters& model,
                             const Preset& preset) {
  // Measured: 40 to 140 MiB for half-width 50 to 180 a.u. at usual spacings, 613 MiB for the 8.4 million
  // points of `paper`; the momentum grids grow less than the points do.
  constexpr double base = 96.0 * (1 << 20), per_point = 70;
  double points = 0;
  for (const auto& stage : schedule_of(parameters, model, preset).stages)
    points = std::max(points, static_cast<double>(stage.grid.nx) * stage.grid.ny);
  return static_cast<std::uint64_t>(base + per_point * points);
}

void check_numerics(const RunParameters& parameters, const ModelParameters& model, const Preset& preset) {
  const Potential potential(parameters, model);
  const Pulse pulse(parameters.intensity_w_cm2, parameters.cep, model);
  const auto& numerics = preset.discretisation_of(parameters.molecule, parameters.R);
  const auto refuse = [&](const std::string& message) {
    throw ConfigError("preset '" + preset.name + "', molecule " + parameters.molecule + ": " + message);
  };
  const double widest = 0.8 * std::sqrt(model.softening);
  if (numerics.spacing > widest)
    refuse("spacing: " + format_number(numerics.spacing) + " does not resolve nuclei of softening " +
           format_number(model.softening) + "; expected at most " + format_number(widest));
  const auto check_step = [&](const Discretisation& used, bool in_field, const std::string& where) {
    const double longest = longest_step(used, potential, pulse, in_field);
    if (used.time_step > longest)
      refuse(where + "time_step: " + format_number(used.time_step) +
             " would couple the bound state to the corners of the momentum grid (step resonance); with "
             "spacing " +
             format_number(used.spacing) + ", roll_off " + format_number(used.roll_off) +
             (in_field ? " and intensity_w_cm2 " + format_number(parameters.intensity_w_cm2) : "") +
             " the largest admissible time step is " + format_number(std::floor(longest * 1e5) / 1e5));
  };
  const auto faithful = [](const Discretisation& used) {
    return Dispersion(units::pi / used.spacing, used.roll_off).faithful_up_to();
  };
  check_step(numerics, true, "");
  for (const auto& [axis, max] :
       {std::pair{"kx_max", preset.momentum.kx_max}, std::pair{"ky_max", preset.momentum.ky_max}})
    if (max > faithful(numerics) * (1 + 1e-9))
      refuse(std::string("momentum.") + axis + ": " + format_number(max) + " lies beyond " +
             format_number(faithful(numerics)) + ", where the dispersion of the grid (spacing " +
             format_number(numerics.spacing) + ", roll_off " + format_number(numerics.roll_off) +
             ") leaves that of a free electron");
  double spacing_before = numerics.spacing;
  for (const LateStage& late : preset.late_stages) {
    const std::string where = "after_pulse, delay " + format_number(late.delay) + ": ";
    check_step(late.discretisation, false, where);
    if (late.discretisation.spacing < spacing_before)
      refuse(where + "spacing: " + format_number(late.discretisation.spacing) +
             " is finer than that before, " + format_number(spacing_before));
    spacing_before = late.discretisation.spacing;
    // The outer fifth of the axes is empty after the pulse.
    const double fastest = std::min(0.8 * fastest_inside(preset, 0), fastest_inside(preset, late.delay));
    if (faithful(late.discretisation) < fastest)
      refuse(where + "spacing: " + format_number(late.discretisation.spacing) + " with roll_off " +
             format_number(late.discretisation.roll_off) + " holds momenta up to " +
             format_number(faithful(late.discretisation)) + "; electrons with up to " +
             format_number(fastest) + " may still be inside");
  }
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
  // Refuses sizes and numbers of steps beyond the supported ones.
  const auto schedule = schedule_of(parameters, model, preset);
  for (std::size_t s = 0; s + 1 < schedule.stages.size(); ++s) {
    const double deepest = s == 0 ? share_of_depth * potential.deepest() : deepest_left;
    if (!can_filter(schedule.stages[s].numerics, deepest))
      refuse("after_pulse: the time step before t = " + format_number(schedule.stages[s].end) + " a.u., " +
             format_number(schedule.stages[s].numerics.time_step) +
             ", is too long to tell bound from fast electrons there; expected a shorter one");
  }
}

RunResult run(const RunParameters& parameters, const ModelParameters& model, const Preset& preset,
              const RunMonitor& monitor, const Team& team, const Checkpointing& checkpointing) {
  const auto started = Clock::now();
  check_numerics(parameters, model, preset);
  check_same_kernels(*team.ranks);
  Saver saver(parameters, model, preset, checkpointing, *team.ranks);
  RunResult result;
  auto run = saver.continued([&](const StateReader& state) {
    return std::make_unique<Propagation>(parameters, model, preset, team, state);
  });
  if (!run) run = std::make_unique<Propagation>(parameters, model, preset, team);
  Propagation& propagation = *run;
  result.resumed_at = propagation.time();
  const double seconds_before = propagation.seconds_before();
  const auto seconds = [&] { return seconds_before + seconds_since(started); };
  while (!propagation.finished()) {
    propagation.advance();
    const Wish wanted = wish(monitor, propagation.fraction(), *team.ranks);
    if (wanted != Wish::go_on) {
      if (wanted == Wish::stop) saver.save_interrupted(propagation, seconds());
      throw RunInterrupted("the run was stopped at t = " + format_number(propagation.time()),
                           result.resumed_at, saver.saved_at(), saver.error());
    }
    if (!propagation.finished()) saver.save_if_due(propagation, seconds());
  }
  result.checkpoint_error = saver.error();
  result.pmd = propagation.distribution();
  result.diagnostics = propagation.diagnostics();
  Diagnostics& report = result.diagnostics;
  measure(result.pmd,
          {preset.momentum.kx().size(), preset.momentum.ky().size(), preset.momentum.kx_spacing,
           preset.momentum.ky_spacing},
          report);
  if (!std::isfinite(report.yield)) throw NotFinite("the momentum distribution is not finite");
  report.wall_seconds = seconds();
  return result;
}

}  // namespace bondscope::tdse
