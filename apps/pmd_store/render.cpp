#include "libtdse/inspect/render.hpp"

#include <cstdint>
#include <iostream>
#include <limits>

#include <boost/program_options.hpp>

#include "apps/pmd_store/commands.hpp"
#include "apps/store_command_line.hpp"
#include "libtdse/inspect/selection.hpp"
#include "libtdse/store/store.hpp"

namespace po = boost::program_options;

namespace {

constexpr const char* help =
    "Usage: pmd_store render STORE --output FILE.png [options]\n"
    "\n"
    "Draws done runs as sheets of panels: W = log10(PMD/max) over kx and ky, the network's images, dP/dkx.\n"
    "Without --runs or --random it takes the first 12 done runs; with --sort alone, 12 spread over that "
    "order.\n"
    "What does not fit on one sheet continues on FILE_01.png, FILE_02.png, …\n"
    "\n"
    "Examples:\n"
    "  pmd_store render base.h5 --output sheet.png --sort R\n"
    "  pmd_store render base.h5 --output pairs.png --runs 0,3,5-9 --kind both --1d\n"
    "  pmd_store render base.h5 --output some.png --random 24 --seed 7 --kind image\n";

}  // namespace

int render(const Arguments& arguments) {
  po::options_description options("Options");
  const auto text = [] { return po::value<std::string>(); };
  options.add_options()                                                                               //
      ("output,o", text()->value_name("FILE.png"), "the picture (required)")                          //
      ("runs", text()->value_name("LIST"), "these runs, e.g. 0,3,5-9; 'all' for every done one")      //
      ("random", text()->value_name("N"), "N done runs drawn at random")                              //
      ("seed", text()->value_name("S"), "seed of the draw (default 1)")                               //
      ("sort", text()->value_name("KEY"), "order by R, intensity_w_cm2, cep, angle or a diagnostic")  //
      ("kind", text()->value_name("KIND"), "pmd (default), image or both")                            //
      ("1d", "also dP/dkx of each run")                                                               //
      ("columns", text()->value_name("N"), "panels side by side (default: by their number)")          //
      ("per-sheet", text()->value_name("N"), "runs on one sheet (default 12)")                        //
      ("floor", text()->value_name("W"), "lower end of W (default -5)");
  CommandLine command_line(help, options);
  if (!command_line.parse(arguments, expected_store)) return exit_success;
  const std::string output = command_line.text("output");
  if (output.empty()) throw WrongCommandLine("where to? give --output FILE.png");

  tdse::RenderSettings settings;
  const auto kind = command_line.choice("kind", {"pmd", "image", "both"}, "pmd");
  settings.distributions = kind != "image";
  settings.images = kind != "pmd";
  settings.curves = command_line.has("1d");
  settings.columns = static_cast<int>(command_line.integer("columns", 1, 16, 0));
  settings.runs_per_sheet = static_cast<std::size_t>(command_line.integer("per-sheet", 1, 100, 12));
  settings.image.floor = command_line.number("floor", {.min = -30, .max = 0, .max_open = true}, -5);

  tdse::Selection selection;
  selection.runs = command_line.text("runs");
  if (command_line.has("runs") && selection.runs.empty()) throw WrongCommandLine("--runs: the list is empty");
  constexpr auto largest = std::numeric_limits<std::int64_t>::max();
  if (command_line.has("random"))
    selection.random = static_cast<std::size_t>(command_line.integer("random", 1, largest, 1));
  selection.seed = static_cast<std::uint64_t>(command_line.integer("seed", 0, largest, 1));
  selection.sort = command_line.text("sort");
  selection.count = settings.runs_per_sheet;

  const auto store = tdse::Store::open(command_line.files().front(), tdse::Store::Mode::read);
  const auto runs = tdse::select_runs(store, selection);
  for (const auto& file : tdse::render(store, runs, settings, output))
    std::cout << file.string() << '\n';
  return exit_success;
}
