// The witness on several ranks: its transform against sums, its step against the solver's, a whole run
// against the solver's. Runs under mpirun; every rank checks for itself. CHECK and never REQUIRE: a rank that
// left a test would let the others wait.

#define CATCH_CONFIG_RUNNER
#include <cmath>
#include <numbers>
#include <random>

#include <catch2/catch.hpp>
#include <mpi.h>

#include "libpmd/base/config/find_config.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/images/image.hpp"
#include "libpmd/model/molecule.hpp"
#include "libpmd/model/units.hpp"
#include "libtdse/parallel/mpi_ranks.hpp"
#include "libtdse/solver/plain_preset.hpp"
#include "libtdse/solver/run.hpp"
#include "libtdse/solver/split_step.hpp"
#include "libtdse/witness/momentum_sums.hpp"
#include "libtdse/witness/slab_propagation.hpp"
#include "libtdse/witness/transformed_amplitude.hpp"
#include "libtdse/witness/witness.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace bondscope;
using namespace bondscope::tdse;

namespace {

int size_of(MPI_Comm processes) {
  int size = 0;
  MPI_Comm_size(processes, &size);
  return size;
}

/// The same numbers on every rank.
std::vector<Complex> random_values(std::size_t count, unsigned seed) {
  std::mt19937 numbers(seed);
  std::uniform_real_distribution<double> distribution(-1, 1);
  std::vector<Complex> values(count);
  for (auto& value : values) {
    const double re = distribution(numbers);
    value = {re, distribution(numbers)};
  }
  return values;
}

/// Halves of the job's ranks, of sizes that differ where their number is odd.
class Half {
 public:
  Half() {
    int rank = 0;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_split(MPI_COMM_WORLD, rank < size_of(MPI_COMM_WORLD) / 2 ? 1 : 0, 0, &half_);
  }
  Half(const Half&) = delete;
  Half& operator=(const Half&) = delete;
  ~Half() { MPI_Comm_free(&half_); }
  MPI_Comm get() const { return half_; }

 private:
  MPI_Comm half_ = MPI_COMM_NULL;
};

void check_transform(int nx, int ny, MPI_Comm processes) {
  SlabTransform transform(nx, ny, processes);
  const auto values = random_values(static_cast<std::size_t>(nx * ny), 7);
  const Slab rows = transform.rows(), columns = transform.columns();
  const auto mine = std::span(values).subspan(static_cast<std::size_t>(rows.first * ny),
                                              static_cast<std::size_t>(rows.count * ny));
  std::ranges::copy(mine, transform.field().begin());
  transform.forward();
  double worst = 0;
  for (std::ptrdiff_t m = 0; m < columns.count; ++m)
    for (int l = 0; l < nx; ++l) {
      Complex sum{};
      for (int i = 0; i < nx; ++i)
        for (int j = 0; j < ny; ++j)
          sum += values[static_cast<std::size_t>(i * ny + j)] *
                 phase(-2 * std::numbers::pi *
                       (static_cast<double>(l * i) / nx + static_cast<double>((columns.first + m) * j) / ny));
      worst = std::max(worst, std::abs(sum - transform.spectrum()[static_cast<std::size_t>(m * nx + l)]));
    }
  CHECK(worst < 1e-11);
  transform.backward();
  worst = 0;
  for (std::size_t i = 0; i < mine.size(); ++i)
    worst = std::max(worst, std::abs(transform.field()[i] / static_cast<double>(nx * ny) - mine[i]));
  CHECK(worst < 1e-14);
}

TEST_CASE("the slab transform is the Fourier sum, also on a part of the ranks") {
  const Half half;
  for (const MPI_Comm processes : {MPI_COMM_WORLD, half.get()}) {
    check_transform(12, 10, processes);
    check_transform(7, 9, processes);
    check_transform(2, 15, processes);  // more ranks than rows
  }
  CHECK_THROWS_AS(SlabTransform(0, 4, MPI_COMM_WORLD), ConfigError);
}

TEST_CASE("fast sizes are even, no smaller than asked for, and products of small primes") {
  CHECK(fast_size(1) == 2);
  CHECK(fast_size(1199.9999999999) == 1200);
  CHECK(fast_size(1201) == 1250);
  CHECK(fast_size(11) == 12);
  CHECK(fast_size(22) == 24);
}

TEST_CASE("a step is the solver's step without its mechanisms, on any number of ranks") {
  RunParameters parameters;
  parameters.angle = 0.4;
  const Potential potential(parameters, {});
  constexpr int nx = 64, ny = 48;
  constexpr double spacing = 0.35, time_step = 0.05, shift = 0.03;
  const Grid grid{nx, ny, spacing, false};
  const auto values = random_values(static_cast<std::size_t>(nx * ny), 3);
  const auto half_kick = [&](int i, int j) {
    return phase(-0.5 * time_step * potential.value(grid.x(i), grid.y(j)));
  };

  // The solver kicks once and then drifts; half a kick taken from the begin of a step to its end makes it
  // symmetric.
  Field whole(grid);
  for (int i = 0; i < nx; ++i)
    for (int j = 0; j < ny; ++j)
      whole.set(i, j, values[static_cast<std::size_t>(i * ny + j)] * std::conj(half_kick(i, j)));
  auto solver = SplitStep::real_time(grid, potential,
                                     {.spacing = spacing, .roll_off = 1, .time_step = time_step}, false);
  solver.advance(whole, shift);

  SlabPropagation witness(potential, nx, ny, spacing, time_step, MPI_COMM_WORLD);
  const Slab rows = witness.rows();
  std::copy_n(values.begin() + rows.first * ny, rows.count * ny, witness.field().begin());
  witness.step(shift);
  double worst = 0;
  for (std::ptrdiff_t i = 0; i < rows.count; ++i)
    for (int j = 0; j < ny; ++j) {
      const int row = static_cast<int>(rows.first + i);
      worst = std::max(worst, std::abs(whole.at(row, j) * half_kick(row, j) -
                                       witness.field()[static_cast<std::size_t>(i * ny + j)]));
    }
  CHECK(worst < 1e-13);
}

TEST_CASE("the start state is that of the real step: its error falls with the fourth power of the step") {
  const Potential potential({}, {});
  const auto long_step = start_state(potential, 15, 0.45, 0.12),
             short_step = start_state(potential, 15, 0.45, 0.06);
  // The residual of one step has one more power.
  CHECK(long_step.residual > 16 * short_step.residual);
  CHECK(long_step.energy == Approx(short_step.energy).epsilon(1e-3));
}

TEST_CASE("momentum sums are the transform of what is taken out, times Volkov phases") {
  // exp(-r²/2) is its own transform.
  constexpr int n = 80;
  constexpr double spacing = 0.25, t = 3, excursion = 0.7;
  const MomentumAxes axes{.kx_max = 2, .kx_spacing = 0.23, .ky_max = 1.5, .ky_spacing = 0.31};
  const SlabTransform slabs(n, n, MPI_COMM_WORLD);
  MomentumSums sums(axes, n, n, slabs.rows(), spacing);
  std::vector<Complex> psi;
  for (auto i = slabs.rows().first; i < slabs.rows().first + slabs.rows().count; ++i)
    for (int j = 0; j < n; ++j)
      psi.emplace_back(
          std::exp(-0.5 * (std::pow(position(i, n, spacing), 2) + std::pow(position(j, n, spacing), 2))));
  sums.add(psi, t, excursion);
  sums.add(psi, 0, 0);
  const auto amplitude = sums.total(MPI_COMM_WORLD);
  const auto kx = axes.kx(), ky = axes.ky();
  double worst = 0;
  for (std::size_t i = 0; i < kx.size(); ++i)
    for (std::size_t j = 0; j < ky.size(); ++j) {
      const double squared = kx[i] * kx[i] + ky[j] * ky[j];
      const Complex expected =
          std::exp(-0.5 * squared) * (1.0 + phase(0.5 * squared * t + kx[i] * excursion));
      worst = std::max(worst, std::abs(expected - amplitude[i * ky.size() + j]));
    }
  CHECK(worst < 1e-11);
}

TEST_CASE("on momenta of the box one transform gives what the sums give") {
  constexpr int nx = 40, ny = 30;
  constexpr double spacing = 0.5;
  MomentumAxes axes{.kx_max = 3, .kx_spacing = 2 * std::numbers::pi / (nx * spacing)};
  axes.ky_max = 2;
  axes.ky_spacing = 2 * 2 * std::numbers::pi / (ny * spacing);  // every second
  REQUIRE(TransformedAmplitude::holds(axes, nx, ny, spacing));
  TransformedAmplitude transformed(axes, nx, ny, spacing, MPI_COMM_WORLD);
  const SlabTransform slabs(nx, ny, MPI_COMM_WORLD);
  MomentumSums sums(axes, nx, ny, slabs.rows(), spacing);
  const auto values = random_values(static_cast<std::size_t>(nx * ny), 11);
  const auto mine = std::span(values).subspan(static_cast<std::size_t>(slabs.rows().first * ny),
                                              static_cast<std::size_t>(slabs.rows().count * ny));
  for (const double t : {2.0, 5.0}) {
    transformed.add(mine, t, 0.4 * t);
    sums.add(mine, t, 0.4 * t);
  }
  const auto a = transformed.total(MPI_COMM_WORLD), b = sums.total(MPI_COMM_WORLD);
  double worst = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    worst = std::max(worst, std::abs(a[i] - b[i]));
  CHECK(worst < 1e-12);
  axes.kx_spacing *= 1.001;
  CHECK_FALSE(TransformedAmplitude::holds(axes, nx, ny, spacing));
  axes.kx_spacing /= 1.001;
  axes.kx_max = 7;  // beyond the Nyquist momentum
  CHECK_FALSE(TransformedAmplitude::holds(axes, nx, ny, spacing));
}

Preset small_preset() {
  Preset preset;
  preset.discretisation = {.spacing = 0.3, .roll_off = 0.6, .time_step = 0};
  preset.half_width_x = 60;
  preset.half_width_y = 60;
  preset.duration = 1.1;
  preset.absorber_radius = 31;
  preset.absorber_interval = 1;
  preset.momentum = {.kx_max = 2.5, .kx_spacing = 0.05, .ky_max = 2, .ky_spacing = 0.05};
  return preset;
}

RunResult witness(const Plan& plan, const RunMonitor& monitor = {}, const Checkpointing& checkpointing = {},
                  MPI_Comm processes = MPI_COMM_WORLD) {
  return run(plan, monitor, {.ranks = std::make_shared<MpiRanks>(processes)}, checkpointing,
             [](const Plan& p, const Team& team, const ArrayReader* state) {
               return std::make_unique<Witness>(p, dynamic_cast<const MpiRanks&>(*team.ranks).processes(),
                                                state);
             });
}

TEST_CASE("a whole run agrees with the solver's to a hundredth of a grey level", "[long]") {
  RunParameters parameters;
  parameters.intensity_w_cm2 = 3.9e14;
  Preset preset = small_preset();
  preset.amplitude = true;
  const auto textbook = witness(Plan(parameters, {}, witness_of(preset)));
  const auto solver = run(Plan(parameters, {}, preset));
  const auto difference = grey_difference(solver.pmd, textbook.pmd, preset.momentum.ky().size());
  INFO("mean " << difference.mean << ", largest " << difference.largest);
  CHECK(difference.mean < 0.01);
  // The amplitudes are the same, their phase included.
  std::complex<double> overlap = 0;
  double norm = 0, other_norm = 0;
  for (std::size_t i = 0; i < solver.amplitude.size(); ++i) {
    const std::complex<double> a = textbook.amplitude[i], b = solver.amplitude[i];
    overlap += std::conj(a) * b;
    norm += std::norm(a);
    other_norm += std::norm(b);
  }
  CHECK(std::abs(overlap) > 0.9999 * std::sqrt(norm * other_norm));
  CHECK(norm > 0);
  CHECK(std::abs(std::arg(overlap)) < 0.02);
  CHECK(textbook.diagnostics.ground_state_energy ==
        Approx(solver.diagnostics.ground_state_energy).epsilon(2e-4));
  CHECK(textbook.diagnostics.ground_state_residual < 1e-4);
  CHECK(textbook.diagnostics.absorbed == Approx(solver.diagnostics.absorbed).epsilon(1e-2));
}

TEST_CASE("a stopped witness goes on where it was, to the same bits") {
  const TemporaryFolder folder;
  RunParameters parameters;
  Preset preset = witness_of(small_preset());
  preset.discretisation.spacing = 0.5;
  preset.duration = 0.25;
  preset.absorber_radius = 40;
  const Plan plan(parameters, {}, preset);
  const auto whole = witness(plan);
  // Each rank for itself: the same but for rounding, whatever the number of ranks.
  const auto alone = witness(plan, {}, {}, MPI_COMM_SELF);
  double largest = 0;
  for (std::size_t i = 0; i < alone.pmd.size(); ++i)
    largest = std::max<double>(largest, std::abs(alone.pmd[i] - whole.pmd[i]));
  CHECK(largest < 1e-6 * alone.diagnostics.pmd_max);
  CHECK(whole.diagnostics.absorbed == Approx(alone.diagnostics.absorbed).margin(1e-12));
  // Rank 0 writes, and all read the same file.
  std::string file = (folder.path() / "run.checkpoint").string();
  file = MpiRanks(MPI_COMM_WORLD).share(file);
  const Checkpointing checkpointing{file, 1e-9};
  CHECK_THROWS_AS(witness(
                      plan, [](double done) { return done < 0.5; }, checkpointing),
                  RunInterrupted);
  const auto continued = witness(plan, {}, checkpointing);
  CHECK(continued.resumed_at > 0.4 * plan.schedule().stages.front().end);
  CHECK(continued.pmd == whole.pmd);
  CHECK(continued.diagnostics.absorbed == whole.diagnostics.absorbed);
  MPI_Barrier(MPI_COMM_WORLD);
}

TEST_CASE("another molecule in two colours under a Gaussian agrees, too", "[long]") {
  RunParameters parameters{
      .molecule = "bent", .R = 2, .angle = 0.7, .declared = {{"bend", 105 * units::degrees}}};
  parameters.intensity_w_cm2 = 2e14;
  parameters.cep = 0.5;
  const ModelParameters model{.pulse = {.wavelength_nm = 400,
                                        .cycles = 0.7,
                                        .envelope = Envelope::gaussian,
                                        .relative_intensity = 0.2,
                                        .relative_phase = 1},
                              .molecules = {Molecule::from_file(find_config("molecules", "bent"))}};
  Preset preset = small_preset();
  preset.absorber_radius = 34;  // the molecule is longer
  const auto by_witness = witness(Plan(parameters, model, witness_of(preset)));
  const auto solver = run(Plan(parameters, model, preset));
  const auto difference = grey_difference(solver.pmd, by_witness.pmd, preset.momentum.ky().size());
  INFO("mean " << difference.mean << ", largest " << difference.largest);
  CHECK(difference.mean < 0.02);
  CHECK(by_witness.diagnostics.yield == Approx(solver.diagnostics.yield).epsilon(1e-2));
}

TEST_CASE("an atom, a linear molecule with three centres and HeH+ agree as well", "[long]") {
  // So strong that all are ionised in one cycle.
  const RunParameters atom{.molecule = "atom", .R = 0, .intensity_w_cm2 = 2e14},
      h3{.molecule = "H3++", .R = 2, .intensity_w_cm2 = 1e15, .angle = 0.4, .declared = {{"R2", 1.5}}},
      heh{.molecule = "HeH+", .R = 1.5, .intensity_w_cm2 = 1.5e15, .angle = 0.4};
  Preset preset = small_preset();
  preset.half_width_x = preset.half_width_y = 50;
  preset.absorber_radius = 34;
  for (const RunParameters& parameters : {atom, h3, heh}) {
    INFO(parameters.molecule);
    const ModelParameters model{
        .pulse = {.wavelength_nm = 400, .cycles = 1},
        .molecules = {Molecule::from_file(find_config("molecules", parameters.molecule))}};
    const auto by_witness = witness(Plan(parameters, model, witness_of(preset)));
    const auto solver = run(Plan(parameters, model, preset));
    const auto difference = grey_difference(solver.pmd, by_witness.pmd, preset.momentum.ky().size());
    INFO("mean " << difference.mean << ", largest " << difference.largest);
    // Most for HeH+: at its charge 2 the plain step errs most.
    CHECK(difference.mean < 0.04);
    CHECK(by_witness.diagnostics.ground_state_energy ==
          Approx(solver.diagnostics.ground_state_energy).epsilon(2e-4));
    CHECK(by_witness.diagnostics.yield == Approx(solver.diagnostics.yield).epsilon(1e-2));
  }
}

TEST_CASE("a monitor stops the witness; what is not plain is refused") {
  RunParameters parameters;
  Preset preset = witness_of(small_preset());
  preset.discretisation.spacing = 0.5;
  CHECK_THROWS_AS(witness(Plan(parameters, {}, preset), [](double) { return false; }), Interrupted);
  // One rank alone, by what its monitor throws: nobody waits for it.
  int rank = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  const auto last = size_of(MPI_COMM_WORLD) - 1;
  const auto thrown = [&](double) -> bool {
    if (rank == last) throw ConfigError("enough");
    return true;
  };
  if (rank == last)
    CHECK_THROWS_AS(witness(Plan(parameters, {}, preset), thrown), ConfigError);
  else
    CHECK_THROWS_AS(witness(Plan(parameters, {}, preset), thrown), Interrupted);
  preset.mechanisms.even_symmetry = true;
  CHECK_THROWS_WITH(witness(Plan(parameters, {}, preset)), Catch::Contains("mechanisms.even_symmetry"));
}

}  // namespace

int main(int argc, char** argv) {
  MPI_Init(&argc, &argv);
  const int failed = Catch::Session().run(argc, argv);
  MPI_Finalize();
  return failed;
}
