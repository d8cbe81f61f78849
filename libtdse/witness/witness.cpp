#include "libtdse/witness/witness.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>

#include <fmt/format.h>

#include "libpmd/base/clock.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/text/number.hpp"
#include "libtdse/solver/plain_preset.hpp"
#include "libtdse/witness/start_state.hpp"

namespace bondscope::tdse {
namespace {

constexpr double norm_tolerance = 1e-8;

/// The whole field on rank 0, nothing on the others. Collective.
std::vector<Complex> gathered(std::span<const Complex> rows, MPI_Comm processes) {
  int rank = 0, ranks = 0;
  MPI_Comm_rank(processes, &rank);
  MPI_Comm_size(processes, &ranks);
  const int mine = static_cast<int>(rows.size());
  std::vector<int> counts(static_cast<std::size_t>(ranks)), begins(counts.size());
  MPI_Gather(&mine, 1, MPI_INT, counts.data(), 1, MPI_INT, 0, processes);
  std::exclusive_scan(counts.begin(), counts.end(), begins.begin(), 0);
  std::vector<Complex> whole(rank == 0 ? static_cast<std::size_t>(begins.back() + counts.back()) : 0);
  if (MPI_Gatherv(rows.data(), mine, MPI_CXX_DOUBLE_COMPLEX, whole.data(), counts.data(), begins.data(),
                  MPI_CXX_DOUBLE_COMPLEX, 0, processes) != MPI_SUCCESS)
    throw Error("MPI cannot gather the wave function");
  return whole;
}

int rank_of(MPI_Comm processes) {
  int rank = 0;
  MPI_Comm_rank(processes, &rank);
  return rank;
}

const Plan& checked(const Plan& plan) {
  check_plain(plan.preset());
  return plan;
}

}  // namespace

Witness::Witness(Empty, const Plan& plan, MPI_Comm processes)
    : plan_(checked(plan)),
      processes_(processes),
      propagation_(plan.potential(), stage().grid.nx, stage().grid.ny, stage().grid.spacing,
                   stage().numerics.time_step, processes),
      amplitude_(amplitude_on(plan.preset().momentum, stage().grid.nx, stage().grid.ny, stage().grid.spacing,
                              processes)) {}

Witness::Witness(const Plan& plan, MPI_Comm processes, const ArrayReader* state)
    : Witness(Empty{}, plan, processes) {
  if (state)
    continue_from(*state);
  else
    begin();
}

void Witness::begin() {
  // Tails of exp(-√(2|E|) r) down to rounding errors, but no larger than the box.
  const double half_width = std::min(
      {32 + plan_.potential().extent() / 2, stage().grid.half_width_x(), stage().grid.half_width_y()});
  const StartState start =
      start_state(plan_.potential(), half_width, stage().grid.spacing, stage().numerics.time_step);
  propagation_.put(start);
  energy_ = start.energy;
  residual_ = start.residual;
}

void Witness::continue_from(const ArrayReader& state) {
  const auto step = state.scalar<std::int64_t>("step");
  if (step < 0 || step > stage().steps || step % stage().steps_per_event != 0)
    throw DataError("a saved state with impossible step");
  step_ = static_cast<long>(step);
  norm_ = state.scalar<double>("norm");
  energy_ = state.scalar<double>("ground_state_energy");
  residual_ = state.scalar<double>("ground_state_residual");
  seconds_before_ = state.scalar<double>("seconds");
  for (const double value : {norm_, energy_, residual_, seconds_before_})
    if (!std::isfinite(value)) throw DataError("a saved state with impossible number");
  std::vector<Complex> whole(static_cast<std::size_t>(stage().grid.nx) *
                             static_cast<std::size_t>(stage().grid.ny));
  state.array("psi", std::span(whole));
  const auto ny = static_cast<std::ptrdiff_t>(stage().grid.ny);
  const Slab rows = propagation_.rows();
  std::copy_n(whole.begin() + rows.first * ny, rows.count * ny, propagation_.field().begin());
  // Zero on all other ranks, whose shares are summed.
  if (rank_of(processes_) == 0) state.array("amplitude", amplitude_->share());
}

void Witness::save(const std::filesystem::path& file, const std::string& identity, double seconds) const {
  const auto whole = gathered(propagation_.field(), processes_);
  const auto amplitude = amplitude_->total(processes_);
  if (rank_of(processes_) != 0) return;
  ArrayWriter state;
  state.scalar("step", static_cast<std::int64_t>(step_));
  state.scalar("norm", norm_);
  state.scalar("ground_state_energy", energy_);
  state.scalar("ground_state_residual", residual_);
  state.scalar("seconds", seconds);
  state.array("psi", std::span(whole));
  state.array("amplitude", std::span(amplitude));
  state.write(file, identity);
}

bool Witness::finished() const {
  return step_ == stage().steps;
}

double Witness::time() const {
  return static_cast<double>(step_) * stage().numerics.time_step;
}

double Witness::fraction() const {
  return static_cast<double>(step_) / static_cast<double>(stage().steps);
}

/// The absorption event of an interval, at time t in its middle.
void Witness::absorb(double t, double interval) {
  const Preset& preset = plan_.preset();
  const double strength = preset.absorber_beta * interval / preset.absorber_reference_step;
  amplitude_->add(propagation_.absorb(preset.absorber_radius, strength), t, plan_.pulse().excursion(t));
}

void Witness::advance() {
  const long begin_of_interval = step_;
  const long end_of_interval = std::min(stage().steps, step_ + stage().steps_per_event);
  const double interval =
      static_cast<double>(end_of_interval - begin_of_interval) * stage().numerics.time_step;
  const long middle = begin_of_interval + (end_of_interval - begin_of_interval + 1) / 2;
  while (step_ < end_of_interval) {
    const double before = time();
    ++step_;
    propagation_.step(plan_.pulse().excursion(time()) - plan_.pulse().excursion(before));
    if (step_ == middle) absorb(time(), interval);
  }
  const double norm = propagation_.norm();
  if (!std::isfinite(norm))
    throw NotFinite(fmt::format("the wave function is not finite at t = {}", format_number(time())));
  if (norm > norm_ + norm_tolerance)
    throw NormGrew(fmt::format("the norm grows from {} to {} at t = {}", format_number(norm_),
                               format_number(norm), format_number(time())));
  norm_ = norm;
}

std::vector<float> Witness::distribution() {
  std::vector<float> pmd;
  for (const Complex value : amplitude_->total(processes_))
    pmd.push_back(static_cast<float>(std::norm(value)));
  return pmd;
}

std::vector<std::complex<float>> Witness::amplitude() {
  const auto total = amplitude_->total(processes_);
  return {total.begin(), total.end()};
}

Diagnostics Witness::diagnostics() const {
  Diagnostics report;
  report.ground_state_energy = energy_;
  report.ground_state_residual = residual_;
  report.absorbed = 1 - norm_;
  report.steps = static_cast<double>(step_);
  return report;
}

double expected_seconds(const Plan& plan, MPI_Comm processes) {
  constexpr int tried = 4;
  Witness witness(Witness::Empty{}, plan, processes);
  // The first of each also pays for page faults and for making the mask.
  witness.propagation_.step(0);
  witness.absorb(0, 1);
  const auto begun = Clock::now();
  for (int i = 0; i < tried; ++i)
    witness.propagation_.step(0);
  const double step = seconds_since(begun) / tried;
  witness.absorb(0, 1);
  witness.propagation_.norm();
  const double event = seconds_since(begun) - tried * step;
  const Stage& stage = witness.stage();
  double seconds =
      static_cast<double>(stage.steps) * (step + event / static_cast<double>(stage.steps_per_event));
  MPI_Allreduce(MPI_IN_PLACE, &seconds, 1, MPI_DOUBLE, MPI_MAX, processes);
  return seconds;
}

}  // namespace bondscope::tdse
