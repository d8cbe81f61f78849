// Computes one photoelectron momentum distribution with all ranks of an MPI job.

#include <chrono>
#include <iostream>
#include <limits>
#include <memory>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "apps/shared/program.hpp"
#include "apps/shared/progress.hpp"
#include "libpmd/base/config/find_config.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/process/signals.hpp"
#include "libpmd/base/text/duration.hpp"
#include "libpmd/base/text/nearest.hpp"
#include "libpmd/base/text/number.hpp"
#include "libpmd/dataset/single_run.hpp"
#include "libpmd/images/image.hpp"
#include "libtdse/farm/configuration.hpp"
#include "libtdse/farm/executor.hpp"
#include "libtdse/farm/mpi_session.hpp"
#include "libtdse/farm/prepare.hpp"
#include "libtdse/farm/progress.hpp"
#include "libtdse/farm/solve.hpp"
#include "libtdse/parallel/mpi_ranks.hpp"
#include "libtdse/solver/plain_preset.hpp"
#include "libtdse/solver/plan.hpp"

using namespace bondscope;

namespace {

constexpr const char* help_text = R"(tdse_run - computes one photoelectron momentum distribution

  tdse_run --preset FILE|NAME --output FILE.h5 [options]
  mpirun -n N tdse_run --preset FILE|NAME --output FILE.h5 --threads T [options]

Solves the Schroedinger equation for one molecule in one pulse, all N ranks and the T threads of each sharing the
work, and writes a store with this one run, for pmd_store and pmd_train like a farm's. For many runs take tdse_farm:
runs that know nothing of each other are the better use of many cores.

N times T should not exceed the number of cores. Within a machine threads are better than ranks; more
machines need ranks. The distribution has the same bits for all N and T. The textbook method (transforms: fftw, --check)
takes one thread of each rank and rounds otherwise for each N.
)";

constexpr const char* help_end = R"(
Examples
  tdse_run --preset quick --output one.h5
      H2+ at R = 2 in a pulse of 1e14 W/cm2, a second or so on one core
  tdse_run --preset production --output a.h5 --threads 4 --molecule HeH+ --R 1.4 --intensity 4e14 --angle-deg 30
  tdse_run --preset quick --output bent.h5 --molecule bent --R 2 --geometry bend_deg=105 --angle-deg 40
      a molecule with an angle of its own; docs/molecules.md says how to write one
  mpirun -n 2 --map-by socket --bind-to socket tdse_run --preset paper --output paper.h5 --threads 16 --R 4 --cep 1.57
      two ranks, each on a socket of its own with 16 cores
  tdse_run --preset quick --output b.h5 --set preset.time_step=0.1 --set preset.momentum.kx_max=2
  tdse_run --preset quick --output two.h5 --set dataset.pulse.relative_intensity=0.1
      with the second harmonic, of a tenth of the intensity
  tdse_run --preset production --output c.h5 --R 3 --intensity 2e14 --check
      and how far a plain method, which shares only box, absorber and axes with the preset, is from it
  pmd_store info one.h5; pmd_store verify one.h5; pmd_store render one.h5 --output one.png

The output
  It is made before the run starts, so that the disk space is there, and holds the run whole or not at all, whatever
  is killed at whatever moment. The same command again computes what is missing; if the run is there already it is
  reported and nothing is computed. A store made with other settings is refused.
  SIGUSR1, SIGTERM or SIGINT stop the run, exit code 75. A run that takes longer than --checkpoint-interval is saved
  then and now and then, in FILE.h5.run-0.checkpoint, and continues with the same bits. Under mpirun send SIGUSR1 to mpirun, which passes it on.
  mpirun -q keeps mpirun from commenting on exit codes other than 0.

Exit codes
  0 the run is in the output      1 an error, said on stderr      2 wrong command line      75 stopped on request
)";

struct Options {
  std::string preset;
  std::filesystem::path output;
  std::vector<std::string> set;
  SingleRun single;
  ModelParameters model;
  int threads = 1;
  double checkpoint_interval = 600;
  bool check = false;
};

/// Empty if help or version was wanted.
std::optional<Options> parse(const Arguments& arguments) {
  Options options;
  CommandLine command_line(help_text, help_end);
  command_line.version("tdse_run");
  command_line.text("preset", "FILE|NAME", options.preset, "the numerics: a file or one of configs/presets")
      .required();
  command_line.text("output", "FILE.h5", options.output, "the store to make").required();
  command_line.integer("threads", "T", options.threads, 1, 1024, "threads of each rank");
  command_line.duration_or_zero(
      "checkpoint-interval", "SECONDS", options.checkpoint_interval,
      "if the run is expected to take longer it is saved as often, beside the output, "
      "and goes on where it was after an interruption; 0: never");
  command_line.flag(
      "check", options.check,
      "compute the run a second time by the textbook method, which shares only box, absorber and "
      "axes with the preset, into OUTPUT-witness.h5, and say how far the two are apart; takes minutes to "
      "hours");
  command_line.assignments(
      "set", "SECTION.KEY=VALUE", options.set,
      "override a value of the preset (preset.time_step=0.1), or of the pulse "
      "(dataset.pulse.envelope=gaussian, .harmonic, .relative_intensity, .relative_phase)");
  // The data set says which values are admissible.
  const auto number = [&](const char* name, double& value, const char* help) {
    command_line.number(name, "X", value, Range::any(), help);
  };
  auto& run = options.single.run;
  command_line.text("molecule", "NAME|FILE", run.molecule,
                    "a file, or one of configs/molecules: " + join(config_names("molecules")));
  command_line.number("R", "X", options.single.R, Range::any(),
                      "internuclear distance, a.u. (default: 2, if the molecule has one)");
  command_line.assignments("geometry", "NAME=VALUE", options.single.geometry,
                           "a parameter that the molecule's file declares; angles also as NAME_deg=VALUE");
  number("intensity", run.intensity_w_cm2, "peak intensity, W/cm2");
  number("cep", run.cep, "carrier-envelope phase, radians");
  number("angle-deg", options.single.angle_deg, "angle between molecular axis and polarisation, degrees");
  number("softening", options.model.softening, "soft-core parameter of H2+, a.u.");
  number("wavelength", options.model.pulse.wavelength_nm, "of the pulse, nm");
  number("cycles", options.model.pulse.cycles, "optical cycles of the pulse");
  if (!command_line.read(arguments)) return {};
  if (options.output.string().find('\n') != std::string::npos)
    throw WrongCommandLine("--output: a file name of one line is expected");
  return options;
}

/// The run as a data set of one.
tdse::FarmConfiguration configuration(const Options& options) {
  std::string dataset;
  try {
    dataset = single_run_dataset(options.single, options.model);
  } catch (const ConfigError& error) {
    throw WrongCommandLine(error.what());
  }
  return tdse::FarmConfiguration::load({.dataset = "command line",
                                        .preset = options.preset,
                                        .set = options.set,
                                        .runs = {},
                                        .seed = {},
                                        .dataset_text = dataset});
}

struct Job {
  tdse::WorkOrder order;  ///< all ranks are one team, which executes the store's only run
  tdse::PreparedStore store;
  std::filesystem::path output;  ///< as the user named it
};

void print(const Diagnostics& diagnostics) {
  for (const auto& field : diagnostics_fields) {
    const std::string unit = field.unit == std::string("1") ? "" : field.unit;
    std::cout << fmt::format("{:<22} {:<13.7g} {:<8} {}\n", field.name, diagnostics.*field.member, unit,
                             field.meaning);
  }
  std::cout << std::flush;
}

long outer_steps(const tdse::Stage& stage) {
  return stage.steps / stage.steps_per_event * stage.outer_steps_per_event;
}

void print_plan(const tdse::Plan& plan, const tdse::Ranks& ranks, int threads) {
  const auto& stages = plan.schedule().stages;
  std::vector<std::string> parts;
  for (const auto& stage : stages)
    parts.push_back(fmt::format("{} steps on {} x {} points{}", stage.steps, stage.grid.nx, stage.grid.ny,
                                stage.grid.even ? " (the half y > 0)" : ""));
  if (const auto& outer = plan.schedule().outer)
    parts.front() += fmt::format(", around them {} steps on {} x {}", outer_steps(stages.front()),
                                 outer->grid.nx, outer->grid.ny);
  else if (plan.preset().outer)
    parts.front() += " (one grid: the outer one does not suit this pulse)";
  std::cout << fmt::format("{}; {} with {}{}", fmt::join(parts, ", then "), counted(ranks.size(), "rank"),
                           counted(threads, "thread"), ranks.size() == 1 ? "" : " each")
            << std::endl;
  int idle = 0;
  for (int r = 0; r < ranks.size(); ++r)
    if (tdse::rows_of(stages.front().grid, ranks, r).size() == 0) ++idle;
  if (idle > 0)
    std::cout << "note: the grid has work for " << ranks.size() - idle << " ranks only; the others wait"
              << std::endl;
}

/// On rank 0, all that can be refused before time is spent. Empty if there is nothing to compute.
std::unique_ptr<Job> prepare(const Options& options, const tdse::FarmConfiguration& farm,
                             const std::filesystem::path& output, const tdse::Ranks& ranks) {
  const auto description = farm.describe();
  const auto plan = farm.plan(description.runs.front());
  std::cout << "# resolved configuration\n"
            << description.configuration << "# end of configuration" << std::endl;
  // Whoever stops it: it may be begun as often as wanted.
  auto store =
      tdse::prepare_store(output, description, {.most_deaths = std::numeric_limits<std::uint32_t>::max()});
  for (const auto& note : store.notes)
    std::cout << "note: " << note << std::endl;
  if (store.commits.front().state == RunState::done) {
    std::cout << output.string() << " has this run already\n";
    print(Store::open(output, Store::Mode::read).diagnostics(0));
    return {};
  }
  print_plan(plan, ranks, options.threads);
  return std::make_unique<Job>(Job{{.store = std::filesystem::absolute(output).string(),
                                    .configuration = store.facts.configuration,
                                    .shape = store.facts.shape,
                                    .checkpoint_interval = options.checkpoint_interval,
                                    .ranks_per_run = ranks.size(),
                                    .threads = options.threads},
                                   std::move(store),
                                   output});
}

tdse::Executor executor(const tdse::WorkOrder& order, const std::shared_ptr<tdse::MpiRanks>& ranks) {
  return {order,
          tdse::tdse_solver,
          {ranks, std::make_shared<tdse::Threads>(order.threads)},
          ranks->rank() == 0 ? tdse::store_recorder(order) : nullptr};
}

/// What the textbook method, if it is wanted, is expected to take, in seconds. Every rank must call it.
std::optional<double> textbook_seconds(const tdse::WorkOrder& order, const RunParameters& run,
                                       const std::shared_ptr<tdse::MpiRanks>& ranks) {
  const auto farm = tdse::FarmConfiguration::from_resolved(order.configuration, order.store);
  if (farm.preset.transforms != tdse::Transforms::fftw) return {};
  return tdse::expected_seconds(farm.plan(run), {.ranks = ranks});
}

/// On rank 0: computes with the others and writes.
tdse::ExecutedRun execute(const Job& job, const std::shared_ptr<tdse::MpiRanks>& ranks,
                          const SignalWatch& signals) {
  if (const auto seconds = textbook_seconds(job.order, job.store.facts.runs.front(), ranks))
    std::cout << "by the textbook method, which is expected to take " << format_duration(*seconds)
              << std::endl;
  Progress progress("run", {}, std::chrono::seconds(30));
  return executor(job.order, ranks)
      .execute({.attempt = job.store.commits.front().attempt + 1,
                .deaths = job.store.begun.front(),
                .saved = true,
                .parameters = job.store.facts.runs.front()},
               [&](double fraction) {
                 progress.fraction(fraction);
                 return signals.request() == StopRequest::none;
               });
}

int report(const tdse::ExecutedRun& ended, const std::filesystem::path& output) {
  if (!ended.note.empty()) std::cerr << "note: " << ended.note << std::endl;
  if (ended.outcome == tdse::RunOutcome::failed) throw NumericsError(ended.reason);
  if (ended.outcome == tdse::RunOutcome::interrupted)
    throw Interrupted(
        fmt::format("{}; the same command continues, from a saved state if there is one", ended.reason));
  if (ended.resumed)
    std::cout << fmt::format("continued from a saved state, t = {} a.u.\n", format_number(ended.resumed_at));
  print(Store::open(output, Store::Mode::read).diagnostics(0));
  std::cout << "written to " << output.string() << std::endl;
  print_next(fmt::format("pmd_store render {} --output {}.png", output.string(), output.stem().string()));
  return exit_code::success;
}

/// With `--check`, the run is also computed by the textbook method, into this file.
std::filesystem::path witness_file(const std::filesystem::path& output) {
  return output.parent_path() / (output.stem().string() + "-witness" + output.extension().string());
}

void print_difference(const std::filesystem::path& output) {
  const auto own = Store::open(output, Store::Mode::read),
             witness = Store::open(witness_file(output), Store::Mode::read);
  const auto a = own.diagnostics(0), b = witness.diagnostics(0);
  const auto difference = grey_difference(witness.pmd(0), own.pmd(0), own.description().ky.size());
  std::cout << fmt::format(
      "the preset's distribution and the textbook method's differ by {:.2g} grey levels of the image on "
      "average, {:.2g} at most (of 255, floor -5); yields {:.5g} and {:.5g}\n"
      "change of the start state in a time step: {:.1g} and {:.1g}; "
      "noise of distributions relative to the maximum: {:.1g} and {:.1g}\n",
      difference.mean, difference.largest, a.yield, b.yield, a.ground_state_residual, b.ground_state_residual,
      a.noise_floor / a.pmd_max, b.noise_floor / b.pmd_max);
  const auto picture = output.parent_path() / (output.stem().string() + "-check.png");
  print_next(fmt::format("pmd_store compare {} {} --picture {}", witness_file(output).string(),
                         output.string(), picture.string()));
}

/// Computes with all ranks what is missing in `output`.
int lead_run(const Options& options, const tdse::FarmConfiguration& farm, const std::filesystem::path& output,
             const tdse::MpiSession& mpi, const std::shared_ptr<tdse::MpiRanks>& ranks,
             const SignalWatch& signals) {
  std::unique_ptr<Job> job;
  const int refused = report_errors("tdse_run", [&]() -> int {
    job = prepare(options, farm, output, *ranks);
    return exit_code::success;
  });
  if (!job) return refused;
  ranks->share(job->order.to_text());
  ranks->share(tdse::to_text(job->store.facts.runs.front()));
  bool here_alone = true;  // until execute() has returned, errors are those of this rank: the others wait
  const int code = report_errors("tdse_run", [&] {
    const auto ended = execute(*job, ranks, signals);
    here_alone = false;
    return report(ended, job->output);
  });
  if (here_alone && mpi.size() > 1) MPI_Abort(MPI_COMM_WORLD, code);
  return code;
}

int lead(const Arguments& arguments, const tdse::MpiSession& mpi,
         const std::shared_ptr<tdse::MpiRanks>& ranks, const SignalWatch& signals) {
  std::optional<Options> options;
  std::optional<tdse::FarmConfiguration> farm, witness;
  int code = report_errors("tdse_run", [&]() -> int {
    options = parse(arguments);
    if (!options) return exit_code::success;
    if (options->threads > 1 && !mpi.threads_allowed())
      throw ConfigError(
          fmt::format("--threads {}: this MPI library does not allow threads; expected 1", options->threads));
    farm = configuration(*options);
    if (options->check) {
      if (farm->preset.transforms == tdse::Transforms::fftw)
        throw WrongCommandLine("--check: the preset takes the textbook method itself (transforms: fftw)");
      witness = farm;
      witness->preset = tdse::witness_of(farm->preset);
      tdse::check_method(witness->preset);
      // Refused now, and not when the first run is done; nor does anybody want to learn only then that it
      // takes a day.
      const auto plan = witness->plan(witness->describe().runs.front());
      if (!std::filesystem::exists(witness_file(options->output)))
        std::cout << fmt::format("the check by the textbook method will take at least {}",
                                 format_duration(tdse::expected_seconds(plan, {}) / mpi.size()))
                  << std::endl;
    }
    return exit_code::success;
  });
  if (farm && code == exit_code::success)
    code = lead_run(*options, *farm, options->output, mpi, ranks, signals);
  if (witness && code == exit_code::success) {
    code = lead_run(*options, *witness, witness_file(options->output), mpi, ranks, signals);
    if (code == exit_code::success)
      code = report_errors("tdse_run", [&]() -> int {
        print_difference(options->output);
        return exit_code::success;
      });
  }
  ranks->share("");
  return code;
}

/// Ranks other than 0 are silent: what they meet, rank 0 meets too.
void follow(const std::shared_ptr<tdse::MpiRanks>& ranks, const SignalWatch& signals) {
  for (auto text = ranks->share({}); !text.empty(); text = ranks->share({})) {
    const auto order = tdse::WorkOrder::from_text(text);
    const auto run = tdse::run_from_text(ranks->share({}));
    textbook_seconds(order, run, ranks);
    executor(order, ranks).assist({.saved = true, .parameters = run}, [&](double) {
      return signals.request() == StopRequest::none;
    });
  }
}

}  // namespace

int main(int argc, char** argv) {
  const SignalWatch signals;
  const tdse::MpiSession mpi(argc, argv);
  try {
    const auto ranks = std::make_shared<tdse::MpiRanks>(MPI_COMM_WORLD);
    if (mpi.rank() == 0) return lead({argv + 1, argv + argc}, mpi, ranks, signals);
    follow(ranks, signals);
    return exit_code::success;
  } catch (const std::exception& e) {
    std::cerr << "error: " << e.what() << (mpi.size() > 1 ? fmt::format(" (rank {})", mpi.rank()) : "")
              << std::endl;
    // The other ranks may be waiting for this one.
    if (mpi.size() > 1) MPI_Abort(MPI_COMM_WORLD, exit_code::failure);
    return exit_code::failure;
  }
}
