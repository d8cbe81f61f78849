#include "libpmd/inspect/failures.hpp"

#include <iostream>

#include <boost/program_options.hpp>

#include "apps/pmd_store/commands.hpp"
#include "apps/store_command_line.hpp"
#include "libpmd/inspect/report.hpp"
#include "libpmd/store/store.hpp"

using namespace bondscope;

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
  const auto store = Store::open(command_line.files().front(), Store::Mode::read);
  const auto list = list_failures(store);
  std::cout << (command_line.has("json") ? failures_json(store, list) : failures_text(store, list));
  return exit_success;
}
