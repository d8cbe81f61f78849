#pragma once

// What the programs have in common: exit codes, commands, and how errors are told.

#include <functional>
#include <string>
#include <vector>

#include "apps/shared/command_line.hpp"

namespace bondscope {

/// How a program ends.
namespace exit_code {
enum ExitCode {
  success = 0,
  failure = 1,  ///< an error, said in one line on stderr
  wrong_command_line = 2,
  incomplete = 3,   ///< finished, but runs failed or data are damaged
  distrusted = 4,   ///< finished, but an answer is not to be trusted
  interrupted = 75  ///< stopped on request or by a time limit; the same command continues
};
}  // namespace exit_code

/// One command: `run` gets the arguments behind its name and returns the exit code.
struct Command {
  std::string name, summary;
  std::function<int(const Arguments&)> run;
};

/// A program of several commands.
struct Program {
  std::string name;
  std::string about;  ///< what --help says above the list of commands
  std::vector<Command> commands;
  std::string version = {};  ///< what --version says beside this project's version
};

/// Runs the command that the arguments name, or prints help or version.
int run_program(const Program& program, int argc, char** argv);

/// Runs `task` and returns its exit code. What it throws is said in one line on stderr, and becomes an exit
/// code. `name`: of the program, with its command, for "see NAME --help".
int report_errors(const std::string& name, const std::function<int()>& task);

/// "now: COMMAND", for what to do with the result.
void print_next(const std::string& command);

void print_version(const std::string& program, const std::string& more = {});

}  // namespace bondscope
