#include "libpmd/inspect/render.hpp"

#include <cstdint>
#include <iostream>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <boost/program_options.hpp>

#include "apps/pmd_store/commands.hpp"
#include "apps/store_command_line.hpp"
#include "libpmd/inspect/selection.hpp"
#include "libpmd/store/store.hpp"

using namespace bondscope;

namespace po = boost::program_options;

namespace {

constexpr const char* help =
    "Usage: pmd_store render STORE --output FILE.png [options]\n"
    "       pmd_store render STORE[:RUNS] STORE[:RUNS]... --output FILE.png [options]\n"
    "\n"
    "Draws done runs as sheets of panels: W = log10(PMD/max) over kx and ky, the network's images, dP/dkx.\n"
    "Without --runs or --random it takes the first 12 done runs; with --sort alone, 12 spread over that "
    "order.\n"
    "Of several stores it takes the runs behind each name's colon, or all.\n"
    "What does not fit on one sheet continues on FILE_01.png, FILE_02.png, …\n"
    "\n"
    "Examples:\n"
    "  pmd_store render base.h5 --output sheet.png --sort R\n"
    "  pmd_store render base.h5 --output pairs.png --runs 0,3,5-9 --kind both --1d\n"
    "  pmd_store render base.h5 --output some.png --random 24 --seed 7 --kind image\n"
    "  pmd_store render base.h5:7 averages.h5:0,2 heh.h5:11 --output some.png --kind image --letters\n";

/// Which of the open stores, and which of its rows.
using Places = std::vector<std::pair<std::size_t, std::size_t>>;

/// "FILE" or "FILE:RUNS"; what stands behind a colon is a list of runs only if it looks like one.
std::pair<std::string, std::string> file_and_runs(const std::string& text) {
  const auto colon = text.rfind(':');
  if (colon == std::string::npos) return {text, ""};
  const std::string list = text.substr(colon + 1);
  if (list != "all" && (list.empty() || list.find_first_not_of("0123456789,-") != std::string::npos))
    return {text, ""};
  return {text.substr(0, colon), list};
}

Places listed(const CommandLine& command_line, std::vector<Store>& stores) {
  for (const char* option : {"runs", "random", "sort"})
    if (command_line.has(option))
      throw WrongCommandLine(std::string("--") + option +
                             " is for one store; of several say FILE:RUNS, e.g. a.h5:0,3 b.h5:all");
  Places places;
  for (const auto& text : command_line.files()) {
    const auto [file, list] = file_and_runs(text);
    stores.push_back(Store::open(file, Store::Mode::read));
    for (const auto run : select_runs(stores.back(), {.runs = list.empty() ? "all" : list}))
      places.emplace_back(stores.size() - 1, run);
  }
  return places;
}

Places chosen(const CommandLine& command_line, std::size_t count, std::vector<Store>& stores) {
  const auto [file, list] = file_and_runs(command_line.files().front());
  if (!list.empty() && command_line.has("runs"))
    throw WrongCommandLine("--runs: '" + list + "' behind the store's name says already which runs");
  Selection selection;
  selection.runs = list.empty() ? command_line.text("runs") : list;
  if (command_line.has("runs") && selection.runs.empty()) throw WrongCommandLine("--runs: the list is empty");
  constexpr auto largest = std::numeric_limits<std::int64_t>::max();
  if (command_line.has("random"))
    selection.random = static_cast<std::size_t>(command_line.integer("random", 1, largest, 1));
  selection.seed = static_cast<std::uint64_t>(command_line.integer("seed", 0, largest, 1));
  selection.sort = command_line.text("sort");
  selection.count = count;
  stores.push_back(Store::open(file, Store::Mode::read));
  Places places;
  for (const auto run : select_runs(stores.back(), selection))
    places.emplace_back(0, run);
  return places;
}

std::string letter(std::size_t panel) {
  std::string text = "(";
  if (panel < 26)
    text += static_cast<char>('a' + panel);
  else
    text += std::to_string(panel + 1);
  return text + ")";
}

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
  options.add_options()("letters", "(a), (b), … in front of the titles");
  CommandLine command_line(help, options);
  constexpr auto any_number = std::numeric_limits<std::size_t>::max();
  if (!command_line.parse(arguments, expected_store, 1, any_number)) return exit_success;
  const std::string output = command_line.text("output");
  if (output.empty()) throw WrongCommandLine("where to? give --output FILE.png");

  RenderSettings settings;
  const auto kind = command_line.choice("kind", {"pmd", "image", "both"}, "pmd");
  settings.distributions = kind != "image";
  settings.images = kind != "pmd";
  settings.curves = command_line.has("1d");
  settings.columns = static_cast<int>(command_line.integer("columns", 1, 16, 0));
  settings.runs_per_sheet = static_cast<std::size_t>(command_line.integer("per-sheet", 1, 100, 12));
  settings.image.floor = command_line.number("floor", {.min = -30, .max = 0, .max_open = true}, -5);

  std::vector<Store> stores;
  const auto runs = command_line.files().size() == 1 ? chosen(command_line, settings.runs_per_sheet, stores)
                                                     : listed(command_line, stores);
  std::vector<StoredRun> panels;
  for (const auto& [store, run] : runs)
    panels.push_back({&stores[store], run, command_line.has("letters") ? letter(panels.size()) : ""});
  for (const auto& file : render(panels, settings, output))
    std::cout << file.string() << '\n';
  return exit_success;
}
