// pmd_store: looks into stores of momentum distributions and makes new ones of them; changes none.

#include <exception>
#include <iostream>
#include <iterator>
#include <utility>

#include <boost/program_options.hpp>

#include "apps/pmd_store/commands.hpp"
#include "apps/store_command_line.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/process/build_info.hpp"
#include "libpmd/base/text/nearest.hpp"

using namespace bondscope;

namespace po = boost::program_options;

namespace {

constexpr const char* overview = R"(Usage: pmd_store COMMAND STORE [options]

Looks into a store of momentum distributions, as tdse_farm writes it, and makes new stores of it. Never changes
a store that is there, and may be used while a farm is still writing.

Commands:
  info         what is in it, how far it is, how it was made
  verify       are the data intact, and do they look like physics?
  failures     which runs failed and why, and which were begun and never ended
  render       pictures of momentum distributions and of what the network sees
  timeline     what the farm's workers did when, from the journal beside the store
  merge        joins the stores of a job array into one that a farm can go on with
  export       a compressed, sealed copy for sharing and for machines that train
  images       a small, sealed file of what is learned from: images, extents, parameters
  average      averages over the focal volume, from the runs that a data set planned for them or any sweep
  interpolate  distributions between the computed ones, and how good they are
  degrade      the distributions as a detector would see them: noise, resolution, background, rotation

'pmd_store COMMAND --help' explains a command; 'pmd_store --version' tells what was built.
Exit codes: 0 success, 1 error, 2 wrong command line, 3 verify or merge found damage.
)";

constexpr std::pair<const char*, int (*)(const Arguments&)> commands[] = {
    {"info", info},          {"verify", verify},
    {"failures", failures},  {"render", render},
    {"timeline", timeline},  {"merge", merge},
    {"export", export_copy}, {"images", images},
    {"average", average},    {"interpolate", interpolate},
    {"degrade", degrade},
};

/// "info, verify, … or export"
std::string command_names() {
  std::string names;
  for (std::size_t i = 0; i < std::size(commands); ++i)
    names += (i == 0 ? "" : i + 1 == std::size(commands) ? " or " : ", ") + std::string(commands[i].first);
  return names;
}

int dispatch(const std::vector<std::string>& arguments) {
  if (arguments.empty()) throw WrongCommandLine("which command? " + command_names());
  const std::string& command = arguments.front();
  const std::vector<std::string> rest(arguments.begin() + 1, arguments.end());
  if (command == "--help" || command == "-h" || command == "help") {
    std::cout << overview;
    return exit_success;
  }
  if (command == "--version") {
    std::cout << "pmd_store " << code_version() << ", " << compiler() << '\n';
    return exit_success;
  }
  for (const auto& [name, run] : commands)
    if (command == name) return run(rest);
  std::vector<std::string> names;
  for (const auto& [name, run] : commands)
    names.emplace_back(name);
  const auto near = nearest(command, names);
  throw WrongCommandLine("there is no command '" + command + "'" +
                         (near.empty() ? "; expected " + command_names() : "; did you mean '" + near + "'?"));
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return dispatch({argv + 1, argv + argc});
  } catch (const WrongCommandLine& error) {
    std::cerr << "error: " << error.what() << " (see pmd_store --help)\n";
    return exit_wrong_command_line;
  } catch (const po::error& error) {
    std::cerr << "error: " << error.what() << " (see pmd_store --help)\n";
    return exit_wrong_command_line;
  } catch (const ConfigError& error) {  // all that configures this program is its command line
    std::cerr << "error: " << error.what() << '\n';
    return exit_wrong_command_line;
  } catch (const std::exception& error) {
    std::cerr << "error: " << error.what() << '\n';
    return exit_failure;
  }
}
