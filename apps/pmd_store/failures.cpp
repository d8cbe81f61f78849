#include "libtdse/inspect/failures.hpp"

#include <iostream>

#include <boost/program_options.hpp>

#include "apps/pmd_store/commands.hpp"
#include "apps/store_command_line.hpp"
#include "libtdse/inspect/report.hpp"
#include "libtdse/store/store.hpp"

namespace po = boost::program_options;

namespace {

constexpr const char* help = R"(Usage: pmd_store failures STORE [options]

Lists failed runs with their parameters, the kind of failure, the number of attempts and the reason. Kinds:
not_finite, norm_grew, start_state, time_limit, checksum, killed, other. Below them, pending runs that were begun
without an end being known: they are running now, or the process or machine died under them.

Example:
  pmd_store failures base.h5
)";

}  // namespace

int failures(const Arguments& arguments) {
  po::options_description options("Options");
  options.add_options()("json", "for programs");
  CommandLine command_line(help, options);
  if (!command_line.parse(arguments, expected_store)) return exit_success;
  const auto store = tdse::Store::open(command_line.files().front(), tdse::Store::Mode::read);
  const auto list = tdse::list_failures(store);
  std::cout << (command_line.has("json") ? tdse::failures_json(store, list)
                                         : tdse::failures_text(store, list));
  return exit_success;
}
