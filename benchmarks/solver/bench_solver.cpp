// Time, error and memory of the solver of one run; see benchmarks/solver/run.

#include <algorithm>
#include <array>
#include <ctime>
#include <fstream>
#include <functional>
#include <iostream>

#include <boost/program_options.hpp>

#include "benchmarks/solver/bench.hpp"
#include "benchmarks/solver/child.hpp"
#include "libpmd/base/config/config.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/files/text_file.hpp"
#include "libpmd/base/process/build_info.hpp"
#include "libpmd/base/text/number.hpp"
#include "libtdse/fourier/chosen_kernels.hpp"

using namespace bondscope;
using namespace bondscope::tdse;
using namespace bondscope::tdse::bench;

namespace {

namespace po = boost::program_options;

constexpr const char* help_text = R"(bench_solver - time, error and memory of the solver of one run

  bench_solver --cases FILE --references STORE.h5 --folder FOLDER [--only PART[,PART…]] [--repeats N]

Writes a Markdown and a JSON file per part into the folder, and results.md and results.json of all parts there are.
Leave one core alone meanwhile. Exit code 3: a goal is missed.

Parts: )";

struct Section {
  const char* name;
  const char* heading;
  void (*measure)(Bench&, Report&);
};

constexpr std::array<Section, 7> parts{{
    {"production", "`production`", production},
    {"quick", "`quick`", quick},
    {"paper", "`paper`", paper},
    {"steps", "The time step", steps},
    {"mechanisms", "Work that is spared", mechanisms},
    {"instructions", "Vector instructions", instructions},
    {"memory", "Memory", memory},
}};

std::string names_of_parts() {
  std::string names;
  for (const Section& part : parts)
    names += (names.empty() ? "" : ", ") + std::string(part.name);
  return names;
}

struct Options {
  std::string cases, references, folder, only;
  int repeats = 3;
};

/// Thrown for a command line that cannot be understood.
struct Usage {
  std::string message;
};

std::vector<Section> chosen_parts(const std::string& only) {
  if (only.empty()) return {parts.begin(), parts.end()};
  std::vector<Section> chosen;
  for (std::size_t begin = 0; begin <= only.size();) {
    const std::size_t end = std::min(only.find(',', begin), only.size());
    const std::string name = only.substr(begin, end - begin);
    const auto part =
        std::find_if(parts.begin(), parts.end(), [&](const Section& p) { return name == p.name; });
    if (part == parts.end())
      throw Usage{"--only: there is no part '" + name + "'; expected some of " + names_of_parts()};
    chosen.push_back(*part);
    begin = end + 1;
  }
  return chosen;
}

Options parse(int argc, char** argv) {
  Options options;
  po::options_description known("Options");
  known.add_options()("help", "this text")("cases", po::value(&options.cases)->required())(
      "references", po::value(&options.references)->required())(
      "folder", po::value(&options.folder)->required())("only", po::value(&options.only))(
      "repeats", po::value(&options.repeats)->default_value(options.repeats));
  try {
    po::variables_map values;
    po::store(po::parse_command_line(argc, argv, known), values);
    if (values.count("help") > 0) {
      std::cout << help_text << names_of_parts() << '\n';
      return {};
    }
    po::notify(values);
  } catch (const po::error& e) {
    throw Usage{e.what()};
  }
  if (options.repeats < 1 || options.repeats > 100) throw Usage{"--repeats: expected 1 to 100"};
  return options;
}

std::string today() {
  const std::time_t time = std::time(nullptr);
  std::tm parts_of_time{};
  gmtime_r(&time, &parts_of_time);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M UTC", &parts_of_time);
  return text.data();
}

/// Runnable processes, mean over the last minute; this one is among them.
double load() {
  double value = 0;
  std::ifstream("/proc/loadavg") >> value;
  return value;
}

void write(const std::filesystem::path& file, const std::string& text) {
  std::ofstream out(file);
  out << text << std::flush;
  if (!out) throw FileError(file.string() + ": cannot be written");
}

/// Puts the files of all parts that were ever measured together.
void collect(const std::filesystem::path& folder) {
  std::string markdown =
      "# Time, error and memory of the solver of one run\n\n"
      "By `benchmarks/solver/run`, on `benchmarks/solver/cases.yaml`; intensities are in W/cm². The "
      "converged runs "
      "that errors refer to are of `benchmarks/solver/reference.yaml`.\n\n";
  auto json = nlohmann::json::object();
  for (const Section& part : parts) {
    const auto file = folder / part.name;
    if (!exists(std::filesystem::path(file.string() + ".json"))) continue;
    markdown += read_text_file(file.string() + ".md");
    json[part.name] = nlohmann::json::parse(read_text_file(file.string() + ".json"));
  }
  write(folder / "results.md", markdown);
  write(folder / "results.json", json.dump(2) + "\n");
}

bool measure(Bench& bench, const Section& part) {
  Report report(part.heading);
  const double load_before = load();
  part.measure(bench, report);
  const std::string when = today() + ", " + machine() + ", " + chosen_kernels().name +
                           " instructions; load average " + format_number(load_before) +
                           " when this part began, " + format_number(load()) + " when it ended; code " +
                           code_version() + ".";
  report.note(when);
  report.details("measured", when);
  report.details("compiler", compiler());
  const auto file = (bench.folder / part.name).string();
  write(file + ".md", report.markdown());
  write(file + ".json", report.json().dump(2) + "\n");
  std::cout << report.markdown() << std::flush;
  return report.passed();
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc == 6 && argv[1] == std::string("--child")) return child_main({argv + 2, argv + argc});
  const Options options = parse(argc, argv);
  if (options.folder.empty()) return 0;
  const auto chosen = chosen_parts(options.only);
  std::filesystem::create_directories(options.folder);
  progress("planning the yardstick");
  const auto cases = DataSet::from_config(Config::from_file(options.cases));
  Bench bench{.cases = cases,
              .runs = cases.draw(),
              .folder = options.folder,
              .references = options.references,
              .repeats = options.repeats,
              .yardstick = {}};
  bool passed = true;
  for (const Section& part : chosen) {
    passed = measure(bench, part) && passed;
    collect(bench.folder);
  }
  return passed ? 0 : 3;
} catch (const Usage& usage) {
  std::cerr << "bench_solver: " << usage.message << "; see bench_solver --help\n";
  return 2;
} catch (const std::exception& error) {
  std::cerr << "error: " << error.what() << '\n';
  return 1;
}
