#include "apps/shared/program.hpp"

#include <algorithm>
#include <exception>
#include <iostream>
#include <new>

#include <fmt/format.h>

#include "apps/shared/manual.hpp"
#include "libpmd/base/process/build_info.hpp"
#include "libpmd/base/text/nearest.hpp"

namespace bondscope {
namespace {

constexpr const char* exit_codes =
    "0 success, 1 error, 2 wrong command line, 3 finished, but runs failed or data are damaged,\n"
    "4 finished, but an answer is not to be trusted, 75 stopped on request or by a time limit (the same\n"
    "command continues).";

std::vector<std::string> names_of(const Program& program) {
  std::vector<std::string> names;
  for (const auto& command : program.commands)
    names.push_back(command.name);
  return names;
}

void print_help(const Program& program) {
  std::size_t width = 0;
  for (const auto& command : program.commands)
    width = std::max(width, command.name.size());
  std::cout << program.about << "\nCommands:\n";
  for (const auto& command : program.commands)
    std::cout << fmt::format("  {:{}}  {}\n", command.name, width, command.summary);
  std::cout << fmt::format(R"(
'{0} COMMAND --help' explains a command; '{0} --version' tells what was built.
Exit codes: {1}
)",
                           program.name, exit_codes);
}

void print_manual(const Program& program) {
  std::cout << manual_head(program.name, program.about) << ".SH COMMANDS\n";
  for (const auto& command : program.commands)
    std::cout << fmt::format(".TP\n\\fB{}\\fR\n{}\n", command.name, command.summary);
  for (const auto& command : program.commands)
    command.run({write_manual, program.name + " " + command.name});
  std::cout << fmt::format(".SH \"EXIT STATUS\"\n{}\n", exit_codes) << manual_end(program.name);
}

void print_completion(const Program& program) {
  std::cout << completion_head(program.name, names_of(program));
  for (const auto& command : program.commands) {
    std::cout << fmt::format("    *.{})\n", command.name);
    command.run({write_completion});
    std::cout << "      ;;\n";
  }
  std::cout << completion_end(program.name);
}

const Command& command_called(const std::string& name, const Program& program) {
  const auto found = std::ranges::find(program.commands, name, &Command::name);
  if (found != program.commands.end()) return *found;
  const auto names = names_of(program);
  const auto near = nearest(name, names);
  throw WrongCommandLine(
      fmt::format("there is no command '{}'; {}", name,
                  near.empty() ? "expected one of " + join(names) : fmt::format("did you mean '{}'?", near)));
}

}  // namespace

int run_program(const Program& program, int argc, char** argv) {
  const Arguments arguments(argv + 1, argv + argc);
  return report_errors(program.name, [&]() -> int {
    if (arguments.empty())
      throw WrongCommandLine("which command? Expected one of " + join(names_of(program)));
    const auto& name = arguments.front();
    if (name == "--help" || name == "-h" || name == "help") {
      print_help(program);
      return exit_code::success;
    }
    if (name == "--version") {
      print_version(program.name, program.version);
      return exit_code::success;
    }
    if (name == write_manual || name == write_completion) {
      name == write_manual ? print_manual(program) : print_completion(program);
      return exit_code::success;
    }
    const auto& command = command_called(name, program);
    return report_errors(program.name + " " + name, [&] {
      return command.run({arguments.begin() + 1, arguments.end()});
    });
  });
}

int report_errors(const std::string& name, const std::function<int()>& task) {
  try {
    return task();
  } catch (const WrongCommandLine& error) {
    std::cerr << fmt::format("error: {} (see {} --help)\n", error.what(), name);
    return exit_code::wrong_command_line;
  } catch (const Interrupted& stopped) {
    std::cerr << stopped.what() << '\n';
    return exit_code::interrupted;
  } catch (const std::bad_alloc&) {
    std::cerr << "error: there is not enough memory\n";
  } catch (const std::exception& error) {
    std::cerr << "error: " << error.what() << '\n';
  }
  return exit_code::failure;
}

void print_next(const std::string& command) {
  std::cout << "now: " << command << std::endl;
}

void print_version(const std::string& program, const std::string& more) {
  std::cout << fmt::format("{} {}, {}{}{}\n", program, build_identity(), compiler(), more.empty() ? "" : ", ",
                           more);
}

}  // namespace bondscope
