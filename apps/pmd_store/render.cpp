#include "libpmd/inspect/render.hpp"

#include <iostream>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "apps/pmd_store/commands.hpp"
#include "apps/pmd_store/selection.hpp"
#include "apps/shared/open_in_child.hpp"
#include "libpmd/store/store.hpp"

using namespace bondscope;

namespace {

constexpr const char* help = R"(Usage: pmd_store render STORE --output FILE.png [options]
       pmd_store render STORE[:RUNS] STORE[:RUNS]... --output FILE.png [options]

Draws done runs as sheets of panels: W = log10(PMD/max) over kx and ky, the network's images, dP/dkx.
Without --runs, --where or --random it takes the first 12 done runs; with --sort alone, 12 spread over that order.
Of several stores it takes the runs behind each name's colon, or all.
What does not fit on one sheet continues on FILE_01.png, FILE_02.png, …

Examples:
  pmd_store render base.h5 --output sheet.png --sort R
  pmd_store render base.h5 --output pairs.png --runs 0,3,5-9 --kind both --1d
  pmd_store render base.h5 --output some.png --random 24 --seed 7 --kind image
  pmd_store render base.h5:7 averages.h5:0,2 heh.h5:11 --output some.png --kind image --letters
)";

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

Places listed(const std::vector<std::string>& files, std::vector<Store>& stores) {
  Places places;
  for (const auto& text : files) {
    const auto [file, list] = file_and_runs(text);
    open_in_child({file});
    stores.push_back(Store::open(file, Store::Mode::read));
    for (const auto run : select_runs(stores.back(), {.runs = list.empty() ? "all" : list}))
      places.emplace_back(stores.size() - 1, run);
  }
  return places;
}

Places chosen(const std::string& text, Selection selection, std::vector<Store>& stores) {
  const auto [file, list] = file_and_runs(text);
  if (!list.empty() && !selection.runs.empty())
    throw WrongCommandLine(fmt::format("--runs: '{}' behind the store's name says already which runs", list));
  if (!list.empty()) selection.runs = list;
  open_in_child({file});
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
  std::vector<std::string> files;
  std::filesystem::path output;
  Selection selection;
  RenderSettings settings;
  std::string kind = "pmd";
  bool letters = false;
  CommandLine command_line(help);
  command_line.arguments(files, 1, std::numeric_limits<std::size_t>::max(), expected_store);
  command_line.text("output,o", "FILE.png", output, "the picture").required();
  add_selection_options(command_line, selection);
  command_line.choice("kind", "KIND", kind, {"pmd", "image", "both"}, "pmd, image or both");
  command_line.flag("1d", settings.curves, "also dP/dkx of each run");
  command_line.integer("columns", "N", settings.columns, 1, 16,
                       "panels side by side (default: by their number)");
  command_line.integer("per-sheet", "N", settings.runs_per_sheet, 1, 100, "runs on one sheet");
  command_line.number("floor", "W", settings.image.floor, {.min = -30, .max = 0, .max_open = true},
                      "lower end of W");
  command_line.flag("letters", letters, "(a), (b), … in front of the titles");
  if (!command_line.read(arguments)) return exit_code::success;
  for (const char* option : {"runs", "where", "random", "sort"})
    if (files.size() > 1 && command_line.given(option))
      throw WrongCommandLine(
          fmt::format("--{} is for one store; of several say FILE:RUNS, e.g. a.h5:0,3 b.h5:all", option));
  settings.distributions = kind != "image";
  settings.images = kind != "pmd";
  selection.count = settings.runs_per_sheet;

  std::vector<Store> stores;
  const auto runs = files.size() == 1 ? chosen(files.front(), selection, stores) : listed(files, stores);
  std::vector<StoredRun> panels;
  for (const auto& [store, run] : runs)
    panels.push_back({&stores[store], run, letters ? letter(panels.size()) : ""});
  for (const auto& file : render(panels, settings, output))
    std::cout << file.string() << '\n';
  return exit_code::success;
}
