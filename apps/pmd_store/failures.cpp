#include <iostream>

#include "apps/pmd_store/commands.hpp"
#include "apps/shared/open_in_child.hpp"
#include "libpmd/inspect/report.hpp"
#include "libpmd/inspect/summary.hpp"
#include "libpmd/store/store.hpp"

using namespace bondscope;

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
  std::vector<std::string> files;
  bool json = false;
  CommandLine command_line(help);
  command_line.arguments(files, 1, 1, expected_store);
  command_line.flag("json", json, "for programs");
  if (!command_line.read(arguments)) return exit_code::success;
  open_in_child({files.front()});
  const auto store = Store::open(files.front(), Store::Mode::read);
  const auto list = list_failures(store);
  std::cout << (json ? failures_json(store, list) : failures_text(store, list));
  return exit_code::success;
}
