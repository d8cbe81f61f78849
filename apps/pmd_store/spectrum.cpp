#include "libpmd/inspect/spectrum.hpp"

#include <algorithm>
#include <filesystem>
#include <functional>
#include <iostream>

#include <fmt/format.h>

#include "apps/pmd_store/commands.hpp"
#include "apps/pmd_store/outputs.hpp"
#include "apps/pmd_store/selection.hpp"
#include "apps/shared/open_in_child.hpp"
#include "apps/shared/progress.hpp"
#include "libpmd/base/files/text_file.hpp"
#include "libpmd/images/write_images.hpp"

using namespace bondscope;

namespace {

constexpr const char* help =
    R"(Usage: pmd_store spectrum STORE [--output FILE.png|FILE.csv|FILE.h5 ...] [options]

What each distribution says about the electrons' energies and directions: the yield Y, the integral of PMD dkx dky;
the spectrum dP/dE of the energy E = (kx^2 + ky^2)/2, with its ATI peaks; dP/dtheta of the angle to the polarisation;
and dP/dkx. Each adds up to the yield, up to what lies beyond the highest energy. Without --output it lists yields.

  --output FILE.png  dP/dE and dP/dtheta: curves of up to eight runs, of more a map, with 2 Up, the highest energy of
                     electrons that fly away directly, and 10 Up, that of rescattered ones
  --output FILE.csv  a column for each run, its parameters first
  --output FILE.h5   an images file of them: representations energy, angular and dp_dkx, the probability in each cell
                     as it is (pmd_store images makes others, as square roots to learn from)

Without --runs, --where or --random it takes all done runs. STORE may be compact, or one of averages.

Examples:
  pmd_store spectrum base.h5 --output spectra.png --sort intensity_w_cm2
  pmd_store spectrum base.h5 --output over-R.png --where intensity_w_cm2=2e14:2.2e14 --sort R
  pmd_store spectrum base.h5 --output some.csv --output some.png --runs 0,3,5-9 --energy-step 0.005
  pmd_store spectrum base.h5 --output spectra.h5
)";

std::string list(std::span<const RunSpectra> runs) {
  std::string text = "   run        yield       Up  beyond  parameters\n";
  for (const auto& run : runs)
    text += fmt::format("{:6} {:12.4e} {:>8} {:7.0e}  {}\n", run.number, run.yield,
                        run.ponderomotive_energy ? fmt::format("{:.4f}", *run.ponderomotive_energy) : "",
                        std::max(0.0, 1 - run.energy.integral() / run.yield), describe(run.parameters));
  return text;
}

void write_h5(const Store& store, std::vector<std::size_t> rows,
              const std::vector<Representation>& representations, const std::string& output, int threads) {
  std::ranges::sort(rows);
  ImagesSettings settings;
  settings.representations = representations;
  settings.rows = std::move(rows);
  settings.threads = threads;
  StoppableProgress progress("spectrum", "runs");
  const auto report = write_images(store.path(), output, settings, std::ref(progress));
  progress.end();
  std::cout << fmt::format("{}: spectra of {} runs\n", output, report.runs);
}

}  // namespace

int spectrum(const Arguments& arguments) {
  std::vector<std::string> files, outputs;
  Selection selection;
  SpectrumSettings settings;
  int threads = 1;
  CommandLine command_line(help);
  command_line.arguments(files, 1, 1, expected_store);
  command_line.texts("output", "FILE", outputs,
                     "what to write, by its ending .png, .csv or .h5; may be repeated");
  add_selection_options(command_line, selection);
  command_line.number("energy-step", "HARTREE", settings.energy_step, Range::positive_up_to(10),
                      "width of the cells of the energy (default: 0.01)");
  command_line.number("energy-max", "HARTREE", settings.energy_max, Range::positive_up_to(1e4),
                      "highest energy (default: as far as the axes reach)");
  command_line.number("angle-step", "DEGREES", settings.angle_step_degrees, Range::positive_up_to(180),
                      "width of the cells of the angle (default: 2)");
  add_threads_option(command_line, threads);
  if (!command_line.read(arguments)) return exit_code::success;
  expect_png_csv_or_h5(outputs);
  open_in_child({files.front()});
  const auto store = Store::open(files.front(), Store::Mode::read);
  const auto representations = spectrum_representations(store.description(), settings);
  if (selection.runs.empty() && !selection.random) selection.runs = "all";
  const auto rows = select_runs(store, selection);
  StoppableProgress progress("spectrum", "runs");
  const auto runs = spectra_of(store, rows, settings, threads, std::ref(progress));
  progress.end();
  if (outputs.empty()) std::cout << list(runs);
  for (const auto& output : outputs) {
    const auto ending = std::filesystem::path(output).extension();
    if (ending == ".h5") {
      write_h5(store, rows, representations, output, threads);
      continue;
    }
    if (ending == ".csv")
      write_file(output, spectra_csv(runs));
    else
      draw_spectra(runs, all_parameters(store.description().declared), selection.sort, output);
    std::cout << output << '\n';
  }
  return exit_code::success;
}
