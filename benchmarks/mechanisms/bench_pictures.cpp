// What the pictures of docs/solver.md show, from the solver's own parts: docs/pictures/draw_solver draws it.
//
//   bench_pictures FOLDER     writes dispersion.dat, steps.dat, energies.dat, order.dat, filter.dat,
//   grids.dat, absorption.dat

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "benchmarks/solver/comparison.hpp"
#include "libpmd/base/config/config.hpp"
#include "libpmd/base/config/find_config.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/model/molecule.hpp"
#include "libpmd/model/units.hpp"
#include "libtdse/solver/dispersion.hpp"
#include "libtdse/solver/ground_state.hpp"
#include "libtdse/solver/propagation.hpp"
#include "libtdse/solver/run.hpp"
#include "libtdse/solver/stage_change.hpp"

namespace {

namespace fs = std::filesystem;
using namespace bondscope;
using namespace bondscope::tdse;

const RunParameters molecule{.R = 2, .intensity_w_cm2 = 3.9e14};
const ModelParameters model{};
constexpr double spacing = 0.5625;
const std::vector<double> bends{1, 0.85, 0.45};

Preset production() {
  return Preset::from_config(Config::from_file(find_config("presets", "production")));
}

/// k, and for each bend the kinetic energy and the momentum that couples to the field.
void write_dispersion(std::ofstream out) {
  const double nyquist = units::pi / spacing;
  for (int i = 0; i <= 400; ++i) {
    const double k = nyquist * i / 400;
    out << k;
    for (const double bend : bends) {
      const Dispersion dispersion(nyquist, bend);
      out << ' ' << dispersion.kinetic_energy(k) << ' ' << dispersion.coupling_momentum(k);
    }
    out << '\n';
  }
}

/// The spacing, and the longest time step without resonances for three bends along y.
void write_steps(std::ofstream out) {
  const Plan plan(molecule, model, production());
  for (double dx = 0.2; dx < 0.81; dx += 0.02) {
    out << dx;
    for (const double bend : bends)
      out << ' '
          << longest_step({.spacing = dx, .roll_off = {0.85, bend}}, plan.bound_states(), plan.pulse(), true);
    out << '\n';
  }
}

/// Two blocks, of H2+ and of HeH+ at R = 2 a.u.: the angle to the field in degrees, and how much too high or
/// low the ground state is, in hartree, with samples of the potential and with filtered ones, which the
/// molecule has in `production`.
void write_energies(std::ofstream out) {
  const auto preset = production();
  for (const char* name : {"H2+", "HeH+"}) {
    const auto energy = [&](double degrees, Discretisation numerics) {
      numerics.time_step = 0.05;
      const RunParameters run{
          .molecule = name, .R = 2, .intensity_w_cm2 = 1e14, .angle = degrees * units::degrees};
      const Potential potential(run, model);
      return ground_state(potential, potential.extent(), numerics, true, false).energy;
    };
    auto filtered = preset.discretisation_of(name, 2), samples = filtered, fine = filtered;
    samples.band_limited = false;
    fine.spacing = 0.3;
    const double exact = energy(20, fine);
    for (int degrees = 0; degrees <= 90; degrees += 5)
      out << degrees << ' ' << energy(degrees, samples) - exact << ' ' << energy(degrees, filtered) - exact
          << '\n';
    out << "\n\n";
  }
}

/// Two blocks, on the grid of `production` and on a fine one with plain samples: the step, and how far the
/// energy of the ground state is from that of the shortest one, in hartree, with V and with V_eff.
void write_order(std::ofstream out) {
  const Potential potential(molecule, model);
  const auto write = [&](Discretisation numerics, double shortest, double longest) {
    const auto energy = [&](double time_step, bool corrected) {
      numerics.time_step = time_step;
      return ground_state(potential, potential.extent(), numerics, corrected, true).energy;
    };
    const double exact = energy(0.5 * shortest, true);
    for (double time_step = shortest; time_step < longest; time_step *= 1.25)
      out << time_step << ' ' << std::abs(energy(time_step, false) - exact) << ' '
          << std::abs(energy(time_step, true) - exact) << '\n';
    out << "\n\n";
  };
  write(production().discretisation_of("H2+", 2), 0.05, 0.26);
  write({.spacing = 0.3, .roll_off = 0.4}, 0.03, 0.13);
}

/// Two blocks, of H2+ at R = 2 a.u. and of a charge of one half: an energy in hartree and what the filter
/// keeps of it as bound; before them a line with the ground state's energy, variational.
void write_filter(std::ofstream out) {
  ModelParameters with_weak = model;
  with_weak.molecules = {Molecule::from_config(
      "weak", Config::from_text("centres: [{charge: 0.5, softening: 0.5}]", "weak.yaml"))};
  for (const auto& run : {molecule, RunParameters{.molecule = "weak", .R = 0}}) {
    const BoundStates states(Potential(run, with_weak));
    auto numerics = production().discretisation_of("H2+", 2);
    numerics.time_step = 0.2;
    const SpectralFilter filter(numerics, states, states.below_all());
    out << states.ground() << " 1\n\n\n";
    for (double energy = -1.3; energy < 0.5; energy += 0.002)
      out << energy << ' ' << filter.at(energy) << '\n';
    out << "\n\n";
  }
}

/// x, and ∫|ψ|²dy of a field that a saved state has.
template <class Real>
void write_density(std::ofstream& out, const ArrayReader& state, const char* name, const Grid& grid) {
  BasicField<Real> psi(grid);
  state.array(name, std::span(psi.row(0), psi.size()));
  for (int i = 0; i < grid.nx; ++i)
    out << grid.x(i) << ' ' << row_norm(psi, i) * grid.cell() / grid.spacing << '\n';
  out << "\n\n";
}

/// Advances a run beyond a time and hands over its state.
ArrayReader state_after(Propagation& run, double time, const fs::path& folder) {
  while (run.time() < time && !run.finished())
    run.advance();
  run.save(folder / "state", "pictures", 0);
  auto state = ArrayReader::open(folder / "state", "pictures");
  if (!state) throw DataError("the state that was just saved cannot be read");
  return std::move(*state);
}

/// Four blocks: the inner wave and the outer one at the end of the pulse, what is one interval into the last
/// stage, and the mask.
void write_grids(std::ofstream out, const fs::path& folder) {
  const Plan plan(molecule, model, production());
  const auto& [stages, outer] = plan.schedule();
  if (!outer || stages.size() != 2) throw ConfigError("production has other stages than the pictures show");
  Propagation run(plan, {});
  const double event = static_cast<double>(stages[0].steps_per_event) * stages[0].numerics.time_step;
  {
    const auto state = state_after(run, stages[0].end - 1.5 * event, folder);
    write_density<double>(out, state, "psi", stages[0].grid);
    write_density<float>(out, state, "loose_psi", outer->grid);
  }
  write_density<float>(out, state_after(run, stages[1].begin + event, folder), "loose_psi", stages[1].grid);
  for (double x = -180; x <= 180; x += 0.5)
    out << x << ' ' << outer->mask.kept(std::abs(x)) << '\n';
  fs::remove(folder / "state");
  for (const auto& stage : stages)
    fmt::print("stage from {:.1f} to {:.1f} a.u.: {} steps of {:.4f} on {} × {} points of {}\n", stage.begin,
               stage.end, stage.steps, stage.numerics.time_step, stage.grid.nx, stage.grid.ny,
               stage.grid.spacing);
  fmt::print("outer grid: {} × {} points of {}; mask from {:.1f} to {:.1f} a.u.\n", outer->grid.nx,
             outer->grid.ny, outer->grid.spacing, outer->mask.begin, outer->mask.end);
}

/// The time between absorption events of the last stage in a.u., and how far samples are from those with the
/// shortest, in grey levels on average and at most where W > -4. After two cycles of 400 nm much is still on
/// its way when the run ends. Steps are the same but for what makes whole numbers of them.
void write_absorption(std::ofstream out) {
  ModelParameters short_pulse = model;
  short_pulse.pulse = {.wavelength_nm = 400, .cycles = 2};
  const RunParameters run{.R = 2, .intensity_w_cm2 = 4e14};
  const auto axes = production().momentum;
  const auto kx = axes.kx(), ky = axes.ky();
  const auto plan_of = [&](double interval) {
    auto preset = production();
    preset.absorber_interval = interval;
    preset.per_molecule.at("H2+").time_step = preset.outer.value().discretisation.time_step = 0.2;
    for (auto& stage : preset.late_stages) {
      stage.discretisation.time_step = 0.2;
      stage.absorber_interval = interval;
    }
    return Plan(run, short_pulse, preset);
  };
  const auto distribution = [](const Plan& plan) { return bench::Distribution{tdse::run(plan).pmd, {}}; };
  const auto shortest = distribution(plan_of(0.4));
  for (const double interval : {0.8, 1.6, 3.2, 6.4}) {
    const auto plan = plan_of(interval);
    const auto& last = plan.schedule().stages.back();
    const auto difference = bench::compare(distribution(plan), shortest, kx, ky);
    out << static_cast<double>(last.steps_per_event) * last.numerics.time_step << ' '
        << difference.samples_mean << ' ' << difference.samples_largest << '\n';
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: bench_pictures FOLDER\n", stderr);
    return 2;
  }
  try {
    const fs::path folder = argv[1];
    fs::create_directories(folder);
    write_dispersion(std::ofstream(folder / "dispersion.dat"));
    write_steps(std::ofstream(folder / "steps.dat"));
    write_energies(std::ofstream(folder / "energies.dat"));
    write_order(std::ofstream(folder / "order.dat"));
    write_filter(std::ofstream(folder / "filter.dat"));
    write_grids(std::ofstream(folder / "grids.dat"), folder);
    write_absorption(std::ofstream(folder / "absorption.dat"));
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "error: {}\n", error.what());
    return 1;
  }
}
