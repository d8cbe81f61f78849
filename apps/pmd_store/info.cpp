#include <iostream>

#include "apps/pmd_store/commands.hpp"
#include "apps/shared/open_in_child.hpp"
#include "libpmd/inspect/card.hpp"
#include "libpmd/inspect/images_report.hpp"
#include "libpmd/inspect/report.hpp"
#include "libpmd/inspect/summary.hpp"
#include "libpmd/store/store.hpp"

using namespace bondscope;

namespace {

constexpr const char* help = R"(Usage: pmd_store info STORE [options]

Prints the data set, its part and preset, the runs by state, failures by kind, ranges of the parameters,
times, momentum axes, size, provenance and the stores that it was made from. --configuration prints
the resolved YAML instead: its sections preset and dataset. --card prints what a stranger should know of the data
set, in Markdown: what, how, where, in what time, statistics, failures, known limits. STORE may be an images file, too,
but for --card.

Examples:
  pmd_store info base.h5
  pmd_store info base.h5 --card > base.md
)";

void images_info(const std::string& name, bool json, bool configuration) {
  const auto file = ImagesFile::open(name);
  if (json)
    std::cout << images_json(file, configuration);
  else if (configuration)
    std::cout << file.description().source.configuration;
  else
    std::cout << images_text(file);
}

}  // namespace

int info(const Arguments& arguments) {
  std::vector<std::string> files;
  bool json = false, configuration = false, card = false;
  CommandLine command_line(help);
  command_line.arguments(files, 1, 1, expected_store);
  command_line.flag("json", json, "for programs");
  command_line.flag("configuration", configuration, "the resolved configuration");
  command_line.flag("card", card, "what a stranger should know of it, in Markdown");
  if (!command_line.read(arguments)) return exit_code::success;
  open_in_child({files.front()});
  const auto& file = files.front();
  if (card && (json || configuration || is_images_file(file)))
    throw WrongCommandLine("--card: is for a store, and without --json and --configuration");
  if (is_images_file(file)) {
    images_info(file, json, configuration);
    return exit_code::success;
  }
  const auto store = Store::open(file, Store::Mode::read);
  if (card)
    std::cout << store_card(store, summarise(store));
  else if (json)
    std::cout << summary_json(store, summarise(store), configuration);
  else if (configuration)
    std::cout << store.description().configuration;
  else
    std::cout << summary_text(store, summarise(store));
  return exit_code::success;
}
