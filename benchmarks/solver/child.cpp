#include "benchmarks/solver/child.hpp"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <utility>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

#include "benchmarks/solver/timing.hpp"
#include "libpmd/base/config/config.hpp"
#include "libpmd/base/error.hpp"
#include "libtdse/solver/propagation.hpp"

namespace bondscope::tdse::bench {
namespace {

/// The largest resident memory so far; unlike getrusage(), of this program only and not of what forked it.
double peak_mib() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmHWM:")) return std::stod(line.substr(6)) / 1024;
  throw FileError("/proc/self/status has no VmHWM");
}

class Pipe {
 public:
  Pipe() {
    if (pipe(ends_.data()) != 0) throw Error("no pipe to a child process");
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    for (const int end : ends_)
      if (end >= 0) close(end);
  }
  int writing() const { return ends_[1]; }
  /// All that comes until the writing ends are closed; closes its own.
  std::string read_all() {
    close(std::exchange(ends_[1], -1));
    std::string text;
    std::array<char, 4096> buffer{};
    for (ssize_t n = 0; (n = ::read(ends_[0], buffer.data(), buffer.size())) > 0;)
      text.append(buffer.data(), static_cast<std::size_t>(n));
    return text;
  }

 private:
  std::array<int, 2> ends_{-1, -1};
};

std::string write_text(const std::filesystem::path& file, const std::string& text) {
  std::ofstream(file) << text;
  return file.string();
}

/// This program again, with other arguments; what it prints.
std::string output_of_child(std::vector<std::string> words, const std::string& instructions) {
  std::vector<char*> arguments;
  for (auto& word : words)
    arguments.push_back(word.data());
  arguments.push_back(nullptr);
  Pipe pipe;
  const pid_t child = fork();
  if (child < 0) throw Error("cannot start a child process");
  if (child == 0) {
    dup2(pipe.writing(), STDOUT_FILENO);
    if (!instructions.empty()) setenv("PMD_INSTRUCTIONS", instructions.c_str(), 1);
    execv("/proc/self/exe", arguments.data());
    _exit(127);
  }
  std::string text = pipe.read_all();
  int status = 0;
  waitpid(child, &status, 0);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) throw Error("a child process failed");
  return text;
}

}  // namespace

ChildRun run_in_child(Bench& bench, std::size_t index, const Preset& preset, int repeats, int events,
                      const std::string& instructions) {
  const std::vector<std::string> words{"bench_solver",
                                       "--child",
                                       write_text(bench.folder / "child-preset.yaml", preset.to_yaml()),
                                       write_text(bench.folder / "child-cases.yaml", bench.cases.to_yaml()),
                                       std::to_string(index),
                                       std::to_string(events)};
  ChildRun run;
  for (int i = 0; i < repeats; ++i) {
    run.yardstick.take(bench.yardstick.measure());
    const auto json = nlohmann::json::parse(output_of_child(words, instructions));
    run.yardstick.take(bench.yardstick.measure());
    run.seconds.take(json.at("seconds"));
    run.steps = json.at("steps");
    run.peak_mib = json.at("peak_mib");
    run.largest = json.at("largest");
  }
  return run;
}

int child_main(const std::vector<std::string>& arguments) {
  const Preset preset = Preset::from_config(Config::from_file(arguments.at(0)));
  const DataSet cases = DataSet::from_config(Config::from_file(arguments.at(1)));
  const RunParameters parameters = cases.draw().at(std::stoul(arguments.at(2)));
  const int events = std::stoi(arguments.at(3));
  const Plan plan(parameters, cases.model, preset);
  const double begin = now();
  Propagation propagation(plan, {});
  for (int done = 0; !propagation.finished() && (events == 0 || done < events); ++done)
    propagation.advance();
  propagation.distribution();
  const double seconds = now() - begin;
  Grid largest;
  for (const GridUse& use : propagation.grids_used())
    if (use.grid.points() > largest.points()) largest = use.grid;
  std::cout << nlohmann::json{{"seconds", seconds},
                              {"steps", propagation.diagnostics().steps},
                              {"peak_mib", peak_mib()},
                              {"largest", describe(largest)}}
            << std::endl;
  return 0;
}

}  // namespace bondscope::tdse::bench
