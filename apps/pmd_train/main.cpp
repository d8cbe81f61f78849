// pmd_train: trains networks on a store of momentum distributions, and tests them.

#include <cstdlib>
#include <exception>
#include <functional>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include <boost/program_options.hpp>
#include <unistd.h>

#include "apps/pmd_train/command_line.hpp"
#include "apps/pmd_train/commands.hpp"
#include "libml/train/process.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/process/build_info.hpp"
#include "libpmd/base/text/nearest.hpp"

using namespace bondscope;

namespace po = boost::program_options;

namespace {

constexpr const char* overview = R"(Usage: pmd_train COMMAND [options]

Trains neural networks to tell the internuclear distance from a photoelectron momentum distribution, on the finished
runs of a store as tdse_farm writes it, and tests them on runs they have not seen. Instead of a store, every --store
also takes an images file that 'pmd_store images' made of it: with the same model, bit for bit.

Commands:
  train           from a store and a recipe to a model folder, with its test
  evaluate        a model folder on a store
  transfer        from a model to one for another kind of data, beside training from scratch
  learning-curve  the error against the number of runs to train on, and how many an error needs
  reproduce       the paper's experiments, and ours, into one table

'pmd_train COMMAND --help' explains a command; 'pmd_train --version' tells what was built.
Exit codes: 0 success, 1 error, 2 wrong command line, 75 training stopped by a signal or before its time limit (the
same command continues it).
)";

/// libgomp's threads spin while they wait for each other, which slowed training by a factor three when
/// measured on cores that another job used too. How long they spin is read from the environment before
/// main(), so the program is started anew with it set. Where that fails, training is slower and nothing else.
void let_threads_wait_patiently(char** argv) {
  if (std::getenv("OMP_WAIT_POLICY") || std::getenv("GOMP_SPINCOUNT")) return;
  setenv("GOMP_SPINCOUNT", "1000", 1);
  execv("/proc/self/exe", argv);
}

const std::vector<std::pair<std::string, std::function<int(const Arguments&)>>> commands{
    {"train", train},         {"evaluate", evaluate},
    {"transfer", transfer},   {"learning-curve", learning_curve},
    {"reproduce", reproduce},
};

std::string names(const char* between) {
  std::string list;
  for (const auto& [name, run] : commands)
    list += (list.empty() ? "" : name == commands.back().first ? " or " : between) + name;
  return list;
}

int dispatch(const Arguments& arguments) {
  if (arguments.empty()) throw WrongCommandLine("which command? " + names(", "));
  const std::string& command = arguments.front();
  if (command == "--help" || command == "-h" || command == "help") {
    std::cout << overview;
    return success;
  }
  if (command == "--version") {
    std::cout << "pmd_train " << code_version() << ", " << compiler() << ", LibTorch "
              << ml::libtorch_version() << '\n';
    return success;
  }
  std::vector<std::string> known;
  for (const auto& [name, run] : commands) {
    if (command == name) return run({arguments.begin() + 1, arguments.end()});
    known.push_back(name);
  }
  const auto near = nearest(command, known);
  throw WrongCommandLine("there is no command '" + command + "'" +
                         (near.empty() ? "; expected " + names(", ") : "; did you mean '" + near + "'?"));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 2) let_threads_wait_patiently(argv);
  try {
    return dispatch({argv + 1, argv + argc});
  } catch (const WrongCommandLine& error) {
    std::cerr << "error: " << error.what() << " (see pmd_train --help)\n";
    return wrong_command_line;
  } catch (const po::error& error) {
    std::cerr << "error: " << error.what() << " (see pmd_train --help)\n";
    return wrong_command_line;
  } catch (const Interrupted& stopped) {
    std::cerr << stopped.what() << '\n';
    return interrupted;
  } catch (const std::bad_alloc&) {
    std::cerr << "error: there is not enough memory\n";
    return failure;
  } catch (const std::exception& error) {
    std::cerr << "error: " << error.what() << '\n';
    return failure;
  }
}
