#include "libtdse/solver/propagation.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "libpmd/base/clock.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/text/number.hpp"
#include "libtdse/solver/ground_state.hpp"
#include "libtdse/solver/stage_change.hpp"

namespace bondscope::tdse {
namespace {

// The weakest distributions have a yield of some 1e-11; what may come back from an edge is a millionth of
// that.
constexpr double edge_threshold = 1e-18;  // ∫|ψ|² near an edge from which on the box grows
constexpr double norm_tolerance = 1e-8;
constexpr double edge_width = 8;  // a.u.

constexpr double growth = 20;  // a.u. to each side

/// How far a saved run had come.
struct Position {
  std::int64_t stage, step, last_event, steps, nx, ny;
};

}  // namespace

Propagation::Propagation(Empty, const Plan& plan, const Team& team)
    : plan_(plan), team_(team), amplitude_(plan.preset().momentum) {}

Propagation::Propagation(const Plan& plan, const Team& team) : Propagation(Empty{}, plan, team) {
  const Grid& largest = stage().grid;
  const auto start = ground_state(plan.potential(), plan.potential().extent(), stage().numerics,
                                  plan.preset().corrected_potential, largest.even);
  energy_ = start.energy;
  residual_ = start.residual;
  Grid grid = largest;
  if (plan.preset().mechanisms.growing_box) {
    grid.nx = std::min(start.grid.nx, largest.nx);
    grid.ny = std::min(start.grid.ny, largest.ny);
  }
  psi_ = distributed(grid, embedded(start.grid, start.psi, grid), *team.ranks);
  use_grid(grid);
}

Propagation::Propagation(const Plan& plan, const Team& team, const ArrayReader& state)
    : Propagation(Empty{}, plan, team) {
  const auto position = state.scalar<Position>("position");
  const auto bad = [](const std::string& what) { throw DataError("a saved state with impossible " + what); };
  if (position.stage < 0 || position.stage >= static_cast<std::int64_t>(stages().size())) bad("stage");
  stage_ = static_cast<std::size_t>(position.stage);
  if (position.step < 0 || position.step > stage().steps || position.last_event != position.step ||
      position.steps < position.step)
    bad("step");
  step_ = last_event_ = static_cast<long>(position.step);
  steps_ = static_cast<long>(position.steps);
  Grid grid = stage().grid;
  if (position.nx < 16 || position.nx > grid.nx || position.nx % 16 != 0 || position.ny < 16 ||
      position.ny > grid.ny || position.ny % (grid.even ? 8 : 16) != 0)
    bad("grid");
  grid.nx = static_cast<int>(position.nx);
  grid.ny = static_cast<int>(position.ny);
  seconds_before_ = state.scalar<double>("seconds");
  norm_ = smallest_norm_ = state.scalar<double>("norm");
  bound_norm_ = state.scalar<double>("bound_norm");
  energy_ = state.scalar<double>("ground_state_energy");
  residual_ = state.scalar<double>("ground_state_residual");
  Field whole(grid);
  state.array("psi", std::span(whole.row(0), whole.size()));
  psi_ = distributed(grid, whole, *team.ranks);
  state.array("amplitude", amplitude_.values());
  for (const double value : {norm_, bound_norm_, energy_, residual_, seconds_before_})
    if (!std::isfinite(value)) bad("number");
  use_grid(grid);
  if (state.has("window") != static_cast<bool>(collector_)) bad("window");
  if (collector_) collector_->restore(state);
}

void Propagation::save(const std::filesystem::path& file, const std::string& identity, double seconds) const {
  ArrayWriter state;
  state.scalar("position",
               Position{static_cast<std::int64_t>(stage_), step_, last_event_, steps_, grid_.nx, grid_.ny});
  state.scalar("seconds", seconds);
  state.scalar("norm", norm_);
  state.scalar("bound_norm", bound_norm_);
  state.scalar("ground_state_energy", energy_);
  state.scalar("ground_state_residual", residual_);
  const Field whole = gathered(grid_, *psi_, *team_.ranks);
  state.array("psi", std::span(whole.row(0), whole.size()));
  state.array("amplitude", amplitude_.values());
  AlignedVector<Block> window;
  if (collector_) {
    window = collector_->save(state);
    state.array("window", std::span(std::as_const(window)));
  }
  if (team_.ranks->rank() == 0) state.write(file, identity);
}

void Propagation::use_grid(const Grid& grid) {
  if (collector_) collector_->finish();
  grid_ = grid;
  grids_used_.push_back({grid});
  const Part rows = rows_of(grid, *team_.ranks, team_.ranks->rank());
  propagator_.emplace(SplitStep::real_time(grid, plan_.potential(), stage().numerics,
                                           plan_.preset().corrected_potential, team_));
  collector_.reset();
  absorber_.reset();
  if (!Absorber::touches_any(grid, plan_.preset())) return;
  absorber_ = std::make_unique<Absorber>(
      grid, rows, plan_.preset(), static_cast<double>(stage().steps_per_event) * stage().numerics.time_step);
  collector_.emplace(grid, *absorber_, plan_.pulse(), plan_.preset(), stage().fastest, team_, amplitude_);
}

void Propagation::enter_stage(std::size_t next) {
  const Field whole = gathered(grid_, *psi_, *team_.ranks);
  const Field bound = bound_part(grid_, whole, plan_.potential(), plan_.potential().extent(), stage().numerics,
                                 stage().deepest, team_);
  const Grid& from = stage().grid;
  const Grid& to = stages()[next].grid;
  Field loose = embedded(grid_, whole, from);
  add(loose, -1, embedded(grid_, bound, from));
  if (collector_) collector_->finish();
  collector_.reset();
  const SteppedGrid before{from, stage().numerics};
  stage_ = next;
  step_ = last_event_ = 0;
  psi_ = distributed(to, with_other_step(before, loose, {to, stage().numerics}, plan_.potential()),
                     *team_.ranks);
  use_grid(to);
  const double remaining = squared_norm(grid_, *psi_, team_);
  if (!(remaining <= norm_ - bound_norm_ + norm_tolerance))
    throw NormGrew(fmt::format("the norm grows from {} to {} at the change of the grid at t = {}",
                               format_number(norm_ - bound_norm_), format_number(remaining),
                               format_number(time())));
  bound_norm_ = norm_ - remaining;
}

void Propagation::grow_where_needed() {
  const Grid& largest = stage().grid;
  if (grid_ == largest) return;
  const Field& psi = *psi_;
  std::vector<double> at_edge(static_cast<std::size_t>(grid_.nx) * 2);
  const int strip = static_cast<int>(std::ceil(edge_width / grid_.spacing));
  for (int i = psi.rows().first; i < psi.rows().last; ++i) {
    if (i < strip || i >= grid_.nx - strip) at_edge[static_cast<std::size_t>(i)] = row_norm(psi, i);
    double& along_y = at_edge[static_cast<std::size_t>(grid_.nx + i)];
    for (int n = 0; n < strip; ++n) {
      along_y += std::norm(psi.at(i, grid_.column(grid_.ny - 1 - n)));
      if (!grid_.even) along_y += std::norm(psi.at(i, n));
    }
  }
  team_.ranks->sum(at_edge);
  double edge_x = 0, edge_y = 0;
  for (std::size_t i = 0; i < at_edge.size(); ++i)
    (i < at_edge.size() / 2 ? edge_x : edge_y) += at_edge[i] * grid_.cell();
  const bool grow_x = edge_x > edge_threshold && grid_.nx < largest.nx;
  const bool grow_y = edge_y > edge_threshold && grid_.ny < largest.ny;
  if (!grow_x && !grow_y) return;
  const auto wider_by = [](bool grow, double half_width, double most) {
    return grow ? std::min(half_width + growth, most) : half_width;
  };
  const Grid wider = Grid::covering(wider_by(grow_x, grid_.half_width_x(), largest.half_width_x()),
                                    wider_by(grow_y, grid_.half_width_y(), largest.half_width_y()),
                                    grid_.spacing, grid_.even);
  Grid grid = grid_;
  if (grow_x) grid.nx = std::min(wider.nx, largest.nx);
  if (grow_y) grid.ny = std::min(wider.ny, largest.ny);
  const Field whole = gathered(grid_, psi, *team_.ranks);
  psi_ = distributed(grid, embedded(grid_, whole, grid), *team_.ranks);
  use_grid(grid);
}

double Propagation::time() const {
  return step_ == stage().steps ? stage().end
                                : stage().begin + static_cast<double>(step_) * stage().numerics.time_step;
}

void Propagation::advance() {
  if (step_ == stage().steps) enter_stage(stage_ + 1);
  const double dt = stage().numerics.time_step;
  const long next_event = std::min(stage().steps, step_ + stage().steps_per_event);
  // Nothing may cross the strip at the edge unseen.
  const double axes = std::max(plan_.preset().momentum.kx_max, plan_.preset().momentum.ky_max);
  const double fastest = axes + plan_.pulse().largest_vector_potential();
  const long look_every = std::max(1L, static_cast<long>(0.5 * edge_width / (fastest * dt)));
  const auto begin = Clock::now();
  for (; step_ < next_event; ++step_, ++steps_) {
    if (plan_.preset().mechanisms.growing_box && step_ % look_every == 0) grow_where_needed();
    const double t = time();
    propagator_->advance(*psi_, plan_.pulse().excursion(t + dt) - plan_.pulse().excursion(t));
    ++grids_used_.back().steps;
  }
  grids_used_.back().seconds += seconds_since(begin);
  event();
}

void Propagation::event() {
  if (absorber_) {
    const long elapsed = step_ - last_event_;
    const auto absorb = [&](const Absorber& absorber) {
      collector_->add(*psi_, absorber, time());
      absorber.absorb(*psi_, *team_.threads);
    };
    if (elapsed == stage().steps_per_event)
      absorb(*absorber_);
    else
      absorb(Absorber(grid_, psi_->rows(), plan_.preset(),
                      static_cast<double>(elapsed) * stage().numerics.time_step));
  }
  last_event_ = step_;
  const double norm = squared_norm(grid_, *psi_, team_) + bound_norm_;
  if (!std::isfinite(norm))
    throw NotFinite(fmt::format("the wave function is not finite at t = {}", format_number(time())));
  if (norm > smallest_norm_ + norm_tolerance)
    throw NormGrew(fmt::format("the norm grows from {} to {} at t = {}", format_number(smallest_norm_),
                               format_number(norm), format_number(time())));
  norm_ = norm;
  smallest_norm_ = std::min(smallest_norm_, norm);
}

double Propagation::fraction() const {
  return finished() ? 1 : plan_.schedule().cost_before(stage_, step_) / plan_.schedule().cost();
}

std::vector<float> Propagation::distribution() {
  if (collector_) collector_->finish();
  return amplitude_.distribution();
}

Diagnostics Propagation::diagnostics() const {
  Diagnostics report;
  report.ground_state_energy = energy_;
  report.ground_state_residual = residual_;
  report.absorbed = 1 - norm_;
  report.steps = static_cast<double>(steps_);
  return report;
}

}  // namespace bondscope::tdse
