#include <iostream>

#include <boost/program_options.hpp>

#include "apps/pmd_store/commands.hpp"
#include "apps/store_command_line.hpp"
#include "libtdse/inspect/report.hpp"
#include "libtdse/inspect/summary.hpp"
#include "libtdse/store/store.hpp"

namespace po = boost::program_options;

namespace {

constexpr const char* help =
    "Usage: pmd_store info STORE [options]\n"
    "\n"
    "Prints the data set, its part and preset, the runs by state, failures by kind, ranges of the "
    "parameters,\n"
    "times, momentum axes, size, provenance and the stores that it was made from. --configuration prints\n"
    "the resolved YAML instead: its sections preset and dataset.\n";

}  // namespace

int info(const Arguments& arguments) {
  po::options_description options("Options");
  options.add_options()("json", "for programs")("configuration", "the resolved configuration");
  CommandLine command_line(help, options);
  if (!command_line.parse(arguments, expected_store)) return exit_success;
  const auto store = tdse::Store::open(command_line.files().front(), tdse::Store::Mode::read);
  const bool configuration = command_line.has("configuration");
  if (command_line.has("json"))
    std::cout << tdse::summary_json(store, tdse::summarise(store), configuration);
  else if (configuration)
    std::cout << store.description().configuration;
  else
    std::cout << tdse::summary_text(store, tdse::summarise(store));
  return exit_success;
}
