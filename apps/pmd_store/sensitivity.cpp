#include "libpmd/inspect/sensitivity.hpp"

#include <algorithm>
#include <filesystem>
#include <functional>
#include <iostream>

#include "apps/pmd_store/commands.hpp"
#include "apps/pmd_store/outputs.hpp"
#include "apps/shared/open_in_child.hpp"
#include "apps/shared/progress.hpp"
#include "libpmd/base/files/text_file.hpp"

using namespace bondscope;

namespace {

constexpr const char* help =
    R"(Usage: pmd_store sensitivity STORE [--output FILE.png|FILE.csv|FILE.h5 ...] [options]

What the distributions themselves say about the parameters of their runs, whoever reads them. STORE has runs with
pairs beside them that differ in one parameter by a little to either side (a data set with `displaced`, or what
tdse_fit computed); derivatives of the distribution are taken from these. N electrons tell a parameter no better
than to the listed number over the square root of N, with all other parameters known ("alone") or with the other
displaced ones to be found, too ("free"). "change" is how much of the distribution differs between the two runs of
a pair: more than some per cent, and smaller steps would do better.

  --output FILE.png  errors over R (or what else varies); for four runs the distribution, its derivative, and where
                     in the momentum plane the information lies
  --output FILE.csv  a line for each run and displaced parameter
  --output FILE.h5   a store of the information's density for one parameter, a row for each run

Examples:
  mpirun tdse_farm --dataset sensitivity --store sensitivity.h5
  pmd_store sensitivity sensitivity.h5 --output sensitivity.png --output sensitivity.csv
  pmd_store sensitivity sensitivity.h5 --output information.h5 --parameter intensity_w_cm2
)";

}  // namespace

int sensitivity(const Arguments& arguments) {
  std::vector<std::string> files, outputs;
  std::string parameter = "R";
  double floor = sensitivity_floor;
  CommandLine command_line(help);
  command_line.arguments(files, 1, 1, expected_store);
  command_line.texts("output", "FILE", outputs,
                     "what to write, by its ending .png, .csv or .h5; may be repeated");
  command_line.text("parameter", "NAME", parameter, "of the store that is written (default: R)");
  command_line.number("floor", "LOG10", floor, Range{.min = -30, .max = 0, .max_open = true},
                      "samples below this power of ten of the brightest do not count (default: -6)");
  if (!command_line.read(arguments)) return exit_code::success;
  expect_png_csv_or_h5(outputs);
  open_in_child({files.front()});
  const auto store = Store::open(files.front(), Store::Mode::read);
  const auto runs = displaced_runs(store);
  StoppableProgress progress("sensitivity", "runs");
  const auto all = sensitivities(store, runs, floor, std::ref(progress));
  progress.end();
  if (outputs.empty()) std::cout << sensitivity_text(all);
  for (const auto& output : outputs) {
    const auto ending = std::filesystem::path(output).extension();
    if (ending == ".h5")
      write_sensitivity(output, store, runs, parameter, floor, std::ref(progress));
    else if (ending == ".csv")
      write_file(output, sensitivity_csv(all));
    else
      draw_sensitivity(store, runs, all, output, floor);
    progress.end();
    std::cout << output << '\n';
  }
  return exit_code::success;
}
