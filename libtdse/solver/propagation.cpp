#include "libtdse/solver/propagation.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <tuple>
#include <type_traits>
#include <utility>

#include <fmt/format.h>

#include "libpmd/base/clock.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/text/number.hpp"
#include "libtdse/solver/ground_state.hpp"
#include "libtdse/solver/stage_change.hpp"

namespace bondscope::tdse {
namespace {

constexpr double norm_tolerance = 1e-8, single_norm_tolerance = 1e-6;
constexpr double single_rounding = 2e-8;  // of the norm in a step
constexpr long look_every = 16;           // intervals

/// The weakest distributions have a yield of some 1e-11; what arrives on the outer grid before it has this
/// norm is a millionth of that in amplitude, and is left out.
constexpr double worth_a_step = 1e-22;

/// How far a saved run had come.
struct Position {
  std::int64_t stage, step, steps, loose_empty;
};

const char* name_of(const Field&) {
  return "psi";
}
const char* name_of(const BasicField<float>&) {
  return "loose_psi";
}

template <class To, class From>
BasicField<To> with_precision(const Grid& grid, const BasicField<From>& whole) {
  BasicField<To> result(grid);
  for (int i = 0; i < grid.nx; ++i)
    for (int b = 0; b < whole.blocks(); ++b)
      for (int l = 0; l < lanes; ++l) {
        result.row(i)[b].re[l] = static_cast<To>(whole.row(i)[b].re[l]);
        result.row(i)[b].im[l] = static_cast<To>(whole.row(i)[b].im[l]);
      }
  return result;
}

}  // namespace

Propagation::Propagation(Empty, const Plan& plan, const Team& team)
    : plan_(plan), team_(team), amplitude_(plan.preset().momentum) {}

template <class Real>
Propagation::Layer<Real>::Layer(const Propagation& run, const Grid& its_grid,
                                const Discretisation& its_numerics, bool reaches_absorber,
                                BasicField<Real> its_psi)
    : grid(its_grid),
      numerics(its_numerics),
      propagator(BasicSplitStep<Real>::real_time(grid, run.plan_.potential(), numerics,
                                                 run.plan_.preset().corrected_potential, run.team_)),
      psi(std::move(its_psi)),
      use(run.grids_used_.size()) {
  if (reaches_absorber && Absorber::touches_any(grid, run.plan_.preset()))
    absorber = std::make_unique<Absorber>(grid, psi.rows(), run.plan_.preset(), run.event_interval());
}

template <class Real>
void Propagation::use(std::optional<Layer<Real>>& layer, const Grid& grid, const Discretisation& numerics,
                      const BasicField<Real>& whole) {
  // An inner box hands over before.
  const bool inner = std::is_same_v<Real, double> && plan_.schedule().outer;
  layer.emplace(*this, grid, numerics, !inner, distributed(grid, whole, *team_.ranks));
  grids_used_.push_back({grid, std::is_same_v<Real, float>});
  if (layer->absorber)
    layer->collector.emplace(grid, *layer->absorber, plan_.pulse(), plan_.preset(), plan_.fastest(), team_,
                             amplitude_);
}

void Propagation::use_outer_grid() {
  if (!plan_.schedule().outer) return;
  const auto& [grid, numerics, mask] = *plan_.schedule().outer;
  Discretisation of_stage = numerics;
  of_stage.time_step = event_interval() / static_cast<double>(stage().outer_steps_per_event);
  use(loose_, grid, of_stage, BasicField<float>(grid));
  hand_over_.emplace(stage().grid, grid, mask, team_);
}

Propagation::Propagation(const Plan& plan, const Team& team) : Propagation(Empty{}, plan, team) {
  const Grid& grid = stage().grid;
  const auto start = ground_state(plan.potential(), plan.potential().extent(), stage().numerics,
                                  plan.preset().corrected_potential, grid.even);
  energy_ = start.energy;
  residual_ = start.residual;
  use(bound_, grid, stage().numerics, embedded(start.grid, start.psi, grid));
  use_outer_grid();
}

Propagation::Propagation(const Plan& plan, const Team& team, const ArrayReader& state)
    : Propagation(Empty{}, plan, team) {
  const auto position = state.scalar<Position>("position");
  const auto bad = [](const std::string& what) { throw DataError("a saved state with impossible " + what); };
  if (position.stage < 0 || position.stage >= static_cast<std::int64_t>(stages().size())) bad("stage");
  stage_ = static_cast<std::size_t>(position.stage);
  if (position.step < 0 || position.step > stage().steps || position.step % stage().steps_per_event != 0 ||
      position.steps < position.step)
    bad("step");
  step_ = static_cast<long>(position.step);
  steps_ = static_cast<long>(position.steps);
  if (position.loose_empty != 0 && position.loose_empty != 1) bad("outer grid");
  loose_empty_ = position.loose_empty != 0;
  seconds_before_ = state.scalar<double>("seconds");
  norm_ = state.scalar<double>("norm");
  absorbed_ = state.scalar<double>("absorbed");
  energy_ = state.scalar<double>("ground_state_energy");
  residual_ = state.scalar<double>("ground_state_residual");
  for (const double value : {norm_, absorbed_, energy_, residual_, seconds_before_})
    if (!std::isfinite(value)) bad("number");
  if (stage_ == 0) {
    use(bound_, stage().grid, stage().numerics, Field(stage().grid));
    use_outer_grid();
  } else {
    use(loose_, stage().grid, stage().numerics, BasicField<float>(stage().grid));
  }
  state.array("amplitude", amplitude_.values());
  each_layer(*this, [&](auto& layer) {
    auto whole = std::decay_t<decltype(layer.psi)>(layer.grid);
    state.array(name_of(layer.psi), std::span(whole.row(0), whole.size()));
    layer.psi = distributed(layer.grid, whole, *team_.ranks);
    if (layer.collector) layer.collector->restore(state);
  });
}

void Propagation::save(const std::filesystem::path& file, const std::string& identity, double seconds) const {
  ArrayWriter state;
  state.scalar("position", Position{static_cast<std::int64_t>(stage_), step_, steps_, loose_empty_ ? 1 : 0});
  state.scalar("seconds", seconds);
  state.scalar("norm", norm_);
  state.scalar("absorbed", absorbed_);
  state.scalar("ground_state_energy", energy_);
  state.scalar("ground_state_residual", residual_);
  state.array("amplitude", amplitude_.values());
  // They live until the state is written.
  std::tuple<std::optional<Field>, std::optional<BasicField<float>>> wholes;
  std::tuple<AlignedVector<Block>, AlignedVector<BasicBlock<float>>> windows;
  each_layer(*this, [&](const auto& layer) {
    using LayerField = std::decay_t<decltype(layer.psi)>;
    auto& whole = std::get<std::optional<LayerField>>(wholes);
    whole = gathered(layer.grid, layer.psi, *team_.ranks);
    state.array(name_of(layer.psi), std::span(std::as_const(*whole).row(0), whole->size()));
    if (!layer.collector) return;
    auto& window = std::get<AlignedVector<typename LayerField::Block>>(windows);
    window = layer.collector->save(state);
    state.array("window", std::span(std::as_const(window)));
  });
  if (team_.ranks->rank() == 0) state.write(file, identity);
}

void Propagation::enter_stage(std::size_t next) {
  const Stage &from = stage(), &to = stages()[next];
  each_layer(*this, [](auto& layer) {
    if (layer.collector) layer.collector->finish();
  });
  const auto changed = [&](const auto& layer, const Field& whole) {
    return with_other_step({layer.grid, layer.numerics}, whole, {to.grid, to.numerics}, plan_.potential());
  };
  const auto unbound = [&](const auto& layer) {
    Field whole = with_precision<double>(layer.grid, gathered(layer.grid, layer.psi, *team_.ranks));
    add(whole, -1, bound_part(layer.grid, whole, plan_.potential(), from.numerics, from.deepest, team_));
    return changed(layer, whole);
  };
  Field loose = bound_ ? unbound(*bound_) : unbound(*loose_);
  if (bound_ && loose_)
    add(loose, 1,
        changed(*loose_,
                with_precision<double>(loose_->grid, gathered(loose_->grid, loose_->psi, *team_.ranks))));
  bound_.reset();
  hand_over_.reset();
  stage_ = next;
  step_ = 0;
  use(loose_, to.grid, to.numerics, with_precision<float>(to.grid, loose));
  norm_ = squared_norm(to.grid, loose_->psi, team_);
  if (!(norm_ <= 1 - absorbed_ + single_norm_tolerance))
    throw NormGrew(fmt::format("the norm grows from {} to {} at the change of the grid at t = {}",
                               format_number(1 - absorbed_), format_number(norm_), format_number(time())));
}

double Propagation::time() const {
  return step_ == stage().steps ? stage().end
                                : stage().begin + static_cast<double>(step_) * stage().numerics.time_step;
}

void Propagation::advance() {
  if (step_ == stage().steps) enter_stage(stage_ + 1);
  if (bound_) {
    advance(*bound_, stage().steps_per_event);
    if (loose_ && !loose_empty_) advance(*loose_, stage().outer_steps_per_event);
  } else {
    advance(*loose_, stage().steps_per_event);
  }
  step_ += stage().steps_per_event;
  steps_ += stage().steps_per_event;
  end_interval();
}

/// Through an interval, in whose middle is its absorption event: the midpoint rule, by which what arrives
/// until the end is absorbed up to an error of second order. Of an odd number of steps the middle one comes
/// before, as on outer grids while the pulse lasts.
template <class Real>
void Propagation::advance(Layer<Real>& layer, long count) {
  const long before = (count + 1) / 2;
  steps(layer, 0, before);
  absorb(layer, time() + static_cast<double>(before) * layer.numerics.time_step);
  steps(layer, before, count);
}

/// Those of the interval that begins now.
template <class Real>
void Propagation::steps(Layer<Real>& layer, long first, long last) {
  const auto begin = Clock::now();
  const double dt = layer.numerics.time_step;
  for (long n = first; n < last; ++n) {
    const double t = time() + static_cast<double>(n) * dt;
    layer.propagator.advance(layer.psi, plan_.pulse().excursion(t + dt) - plan_.pulse().excursion(t));
  }
  grids_used_[layer.use].steps += last - first;
  grids_used_[layer.use].seconds += seconds_since(begin);
}

template <class Real>
void Propagation::absorb(Layer<Real>& layer, double t) {
  if (!layer.collector) return;
  layer.collector->add(layer.psi, t);
  absorbed_ += layer.absorber->absorb(layer.psi, team_);
}

void Propagation::end_interval() {
  if (hand_over_) {
    (*hand_over_)(bound_->psi, loose_->psi);
    if (loose_empty_) {
      loose_empty_ = squared_norm(loose_->grid, loose_->psi, team_) < worth_a_step;
      if (loose_empty_) loose_->psi = BasicField<float>(loose_->grid, loose_->psi.rows());
    }
  }
  if (!std::isfinite(absorbed_))
    throw NotFinite(fmt::format("the wave function is not finite at t = {}", format_number(time())));
  if (step_ / stage().steps_per_event % look_every != 0 && !finished()) return;
  if (bound_)
    check_norm(*bound_);
  else
    check_norm(*loose_);
}

/// Steps keep the norm, and all else takes from it.
template <class Real>
void Propagation::check_norm(const Layer<Real>& layer) {
  const double norm = squared_norm(layer.grid, layer.psi, team_);
  if (!std::isfinite(norm))
    throw NotFinite(fmt::format("the wave function is not finite at t = {}", format_number(time())));
  const double steps = static_cast<double>(look_every * stage().steps_per_event);
  const double tolerance =
      std::is_same_v<Real, float> ? std::max(single_norm_tolerance, single_rounding * steps) : norm_tolerance;
  if (norm > norm_ + tolerance)
    throw NormGrew(fmt::format("the norm grows from {} to {} at t = {}", format_number(norm_),
                               format_number(norm), format_number(time())));
  norm_ = norm;
}

double Propagation::fraction() const {
  return finished() ? 1 : plan_.schedule().cost_before(stage_, step_) / plan_.schedule().cost();
}

std::vector<float> Propagation::distribution() {
  each_layer(*this, [](auto& layer) {
    if (layer.collector) layer.collector->finish();
  });
  return amplitude_.distribution();
}

Diagnostics Propagation::diagnostics() const {
  Diagnostics report;
  report.ground_state_energy = energy_;
  report.ground_state_residual = residual_;
  report.absorbed = absorbed_;
  report.steps = static_cast<double>(steps_);
  return report;
}

}  // namespace bondscope::tdse
