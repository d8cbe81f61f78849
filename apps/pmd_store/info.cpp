#include <iostream>

#include <boost/program_options.hpp>

#include "apps/pmd_store/commands.hpp"
#include "apps/store_command_line.hpp"
#include "libpmd/inspect/images_report.hpp"
#include "libpmd/inspect/report.hpp"
#include "libpmd/inspect/summary.hpp"
#include "libpmd/store/store.hpp"

using namespace bondscope;

namespace po = boost::program_options;

namespace {

constexpr const char* help =
    "Usage: pmd_store info STORE [options]\n"
    "\n"
    "Prints the data set, its part and preset, the runs by state, failures by kind, ranges of the "
    "parameters,\n"
    "times, momentum axes, size, provenance and the stores that it was made from. --configuration prints\n"
    "the resolved YAML instead: its sections preset and dataset. STORE may be an images file, too.\n";

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
  po::options_description options("Options");
  options.add_options()("json", "for programs")("configuration", "the resolved configuration");
  CommandLine command_line(help, options);
  if (!command_line.parse(arguments, expected_store)) return exit_success;
  const auto& file = command_line.files().front();
  const bool configuration = command_line.has("configuration");
  if (is_images_file(file)) {
    images_info(file, command_line.has("json"), configuration);
    return exit_success;
  }
  const auto store = Store::open(file, Store::Mode::read);
  if (command_line.has("json"))
    std::cout << summary_json(store, summarise(store), configuration);
  else if (configuration)
    std::cout << store.description().configuration;
  else
    std::cout << summary_text(store, summarise(store));
  return exit_success;
}
