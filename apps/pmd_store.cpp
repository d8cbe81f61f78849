// pmd_store: looks into a store of momentum distributions without changing it.

#include <chrono>
#include <cmath>
#include <cstdio>
#include <exception>
#include <iostream>
#include <limits>
#include <string>
#include <vector>

#include <boost/program_options.hpp>

#include "libtdse/base/build_info.hpp"
#include "libtdse/base/config.hpp"
#include "libtdse/base/error.hpp"
#include "libtdse/inspect/render.hpp"
#include "libtdse/inspect/report.hpp"
#include "libtdse/inspect/selection.hpp"
#include "libtdse/inspect/summary.hpp"
#include "libtdse/inspect/timeline.hpp"
#include "libtdse/inspect/timeline_picture.hpp"
#include "libtdse/inspect/timeline_summary.hpp"
#include "libtdse/inspect/verify.hpp"
#include "libtdse/store/store.hpp"

namespace po = boost::program_options;

namespace {

enum Exit { success = 0, failure = 1, wrong_command_line = 2, damage_found = 3 };

constexpr const char* overview =
    "Usage: pmd_store COMMAND STORE [options]\n"
    "\n"
    "Looks into a store of momentum distributions, as tdse_farm writes it. Never changes it, and may be "
    "used\n"
    "while a farm is still writing.\n"
    "\n"
    "Commands:\n"
    "  info     what is in it, how far it is, how it was made\n"
    "  verify   are the data intact, and do they look like physics?\n"
    "  render   pictures of momentum distributions and of what the network sees\n"
    "  timeline what the farm's workers did when, from the journal beside the store\n"
    "\n"
    "'pmd_store COMMAND --help' explains a command; 'pmd_store --version' tells what was built.\n"
    "Exit codes: 0 success, 1 error, 2 wrong command line, 3 verify found damage.\n";

constexpr const char* info_help =
    "Usage: pmd_store info STORE [options]\n"
    "\n"
    "Prints the data set and preset, the runs by state, ranges of the parameters, times, momentum axes, size "
    "and\n"
    "provenance. --configuration prints the resolved YAML instead: its sections preset and dataset.\n";

constexpr const char* verify_help =
    "Usage: pmd_store verify STORE [options]\n"
    "\n"
    "Reads every done run. Errors (exit code 3): damaged commit records, payloads that do not match their\n"
    "checksum, values that are negative or not finite. Warnings: the yield does not match the absorbed norm; "
    "the\n"
    "noise floor comes near the images' cut-off at 1e-5 of the maximum; the distribution reaches the rim of "
    "the\n"
    "axes; all values equal; the same run twice; a yield far off the trend of its neighbours in R and "
    "intensity.\n";

constexpr const char* render_help =
    "Usage: pmd_store render STORE --output FILE.png [options]\n"
    "\n"
    "Draws done runs as sheets of panels: W = log10(PMD/max) over kx and ky, the network's images, dP/dkx.\n"
    "Without --runs or --random it takes the first 12 done runs; with --sort alone, 12 spread over that "
    "order.\n"
    "What does not fit on one sheet continues on FILE_01.png, FILE_02.png, …\n"
    "\n"
    "Examples:\n"
    "  pmd_store render base.h5 --output sheet.png --sort R\n"
    "  pmd_store render base.h5 --output pairs.png --runs 0,3,5-9 --kind both --1d\n"
    "  pmd_store render base.h5 --output some.png --random 24 --seed 7 --kind image\n";

constexpr const char* timeline_help =
    "Usage: pmd_store timeline STORE.h5|JOURNAL.jsonl [options]\n"
    "\n"
    "Reads the journal that tdse_farm writes beside its store (STORE.h5.log.jsonl; the store itself is not\n"
    "needed), also while the farm is at work, and tells how busy its workers were and where time was lost.\n"
    "With --output it draws a row for each worker, runs coloured by outcome, and below the number of busy\n"
    "workers and the runs done over time. A farm that was continued appends to its journal: the last farm "
    "is\n"
    "shown, or with --all every one.\n"
    "\n"
    "Examples:\n"
    "  pmd_store timeline base.h5\n"
    "  pmd_store timeline base.h5.log.jsonl --output ranks.png --all\n";

class WrongCommandLine : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The options of one command: parses, prints help, hands out checked values.
class CommandLine {
 public:
  CommandLine(const char* help, po::options_description options) : help_(help), visible_(std::move(options)) {
    visible_.add_options()("help,h", "this text");
  }

  /// Returns false if help was printed instead.
  bool parse(const std::vector<std::string>& arguments) {
    po::options_description all;
    all.add(visible_);
    all.add_options()("store", po::value<std::vector<std::string>>());
    po::positional_options_description positional;
    positional.add("store", -1);
    const auto style = po::command_line_style::default_style & ~po::command_line_style::allow_guessing;
    po::store(po::command_line_parser(arguments).options(all).positional(positional).style(style).run(),
              values_);
    if (values_.count("help")) {
      std::cout << help_ << '\n' << visible_;
      return false;
    }
    if (!values_.count("store")) throw WrongCommandLine("which store? give the name of its file");
    if (values_["store"].as<std::vector<std::string>>().size() > 1)
      throw WrongCommandLine("one store at a time, not also '" +
                             values_["store"].as<std::vector<std::string>>()[1] + "'");
    return true;
  }

  bool has(const char* name) const { return values_.count(name) > 0; }
  std::string text(const char* name) const {
    return has(name) ? values_[name].as<std::string>() : std::string();
  }
  std::string store() const { return values_["store"].as<std::vector<std::string>>().front(); }

  double number(const char* name, tdse::Range range, double fallback) const {
    return has(name) ? as_config(name).number(dashed(name), range) : fallback;
  }
  std::int64_t integer(const char* name, std::int64_t min, std::int64_t max, std::int64_t fallback) const {
    return has(name) ? as_config(name).integer(dashed(name), min, max) : fallback;
  }
  std::string choice(const char* name, const std::vector<std::string>& names,
                     const std::string& fallback) const {
    return has(name) ? as_config(name).choice(dashed(name), names) : fallback;
  }

 private:
  static std::string dashed(const char* name) { return std::string("--") + name; }

  /// One option as a configuration of one key, whose checks and messages are those of the YAML files.
  tdse::Config as_config(const char* name) const {
    YAML::Node node;
    node[dashed(name)] = text(name);
    return tdse::Config::from_text(YAML::Dump(node), "command line");
  }

  const char* help_;
  po::options_description visible_;
  po::variables_map values_;
};

int info(const std::vector<std::string>& arguments) {
  po::options_description options("Options");
  options.add_options()("json", "for programs")("configuration", "the resolved configuration");
  CommandLine command_line(info_help, options);
  if (!command_line.parse(arguments)) return success;
  const auto store = tdse::Store::open(command_line.store(), tdse::Store::Mode::read);
  const bool configuration = command_line.has("configuration");
  if (command_line.has("json"))
    std::cout << tdse::summary_json(store, tdse::summarise(store), configuration);
  else if (configuration)
    std::cout << store.description().configuration;
  else
    std::cout << tdse::summary_text(store, tdse::summarise(store));
  return success;
}

int verify(const std::vector<std::string>& arguments) {
  po::options_description options("Options");
  options.add_options()("json", "for programs; lists every finding");
  CommandLine command_line(verify_help, options);
  if (!command_line.parse(arguments)) return success;
  const auto store = tdse::Store::open(command_line.store(), tdse::Store::Mode::read);
  using Clock = std::chrono::steady_clock;
  auto last = Clock::now();
  const auto progress = [&](std::size_t done, std::size_t all) {
    if (Clock::now() - last < std::chrono::seconds(3)) return;
    last = Clock::now();
    std::cerr << "verify: " << done << " of " << all << " runs\n";
  };
  const auto report = tdse::verify(store, progress);
  std::cout << (command_line.has("json") ? tdse::verify_json(store, report)
                                         : tdse::verify_text(store, report));
  return report.errors > 0 ? damage_found : success;
}

int render(const std::vector<std::string>& arguments) {
  po::options_description options("Options");
  const auto text = [] { return po::value<std::string>(); };
  options.add_options()                                                                               //
      ("output,o", text()->value_name("FILE.png"), "the picture (required)")                          //
      ("runs", text()->value_name("LIST"), "these runs, e.g. 0,3,5-9; 'all' for every done one")      //
      ("random", text()->value_name("N"), "N done runs drawn at random")                              //
      ("seed", text()->value_name("S"), "seed of the draw (default 1)")                               //
      ("sort", text()->value_name("KEY"), "order by R, intensity_w_cm2, cep, angle or a diagnostic")  //
      ("kind", text()->value_name("KIND"), "pmd (default), image or both")                            //
      ("1d", "also dP/dkx of each run")                                                               //
      ("columns", text()->value_name("N"), "panels side by side (default: by their number)")          //
      ("per-sheet", text()->value_name("N"), "runs on one sheet (default 12)")                        //
      ("floor", text()->value_name("W"), "lower end of W (default -5)");
  CommandLine command_line(render_help, options);
  if (!command_line.parse(arguments)) return success;
  const std::string output = command_line.text("output");
  if (output.empty()) throw WrongCommandLine("where to? give --output FILE.png");

  tdse::RenderSettings settings;
  const auto kind = command_line.choice("kind", {"pmd", "image", "both"}, "pmd");
  settings.distributions = kind != "image";
  settings.images = kind != "pmd";
  settings.curves = command_line.has("1d");
  settings.columns = static_cast<int>(command_line.integer("columns", 1, 16, 0));
  settings.runs_per_sheet = static_cast<std::size_t>(command_line.integer("per-sheet", 1, 100, 12));
  settings.image.floor = command_line.number("floor", {.min = -30, .max = 0, .max_open = true}, -5);

  tdse::Selection selection;
  selection.runs = command_line.text("runs");
  if (command_line.has("runs") && selection.runs.empty()) throw WrongCommandLine("--runs: the list is empty");
  constexpr auto largest = std::numeric_limits<std::int64_t>::max();
  if (command_line.has("random"))
    selection.random = static_cast<std::size_t>(command_line.integer("random", 1, largest, 1));
  selection.seed = static_cast<std::uint64_t>(command_line.integer("seed", 0, largest, 1));
  selection.sort = command_line.text("sort");
  selection.count = settings.runs_per_sheet;

  const auto store = tdse::Store::open(command_line.store(), tdse::Store::Mode::read);
  const auto runs = tdse::select_runs(store, selection);
  for (const auto& file : tdse::render(store, runs, settings, output))
    std::cout << file.string() << '\n';
  return success;
}

int timeline(const std::vector<std::string>& arguments) {
  po::options_description options("Options");
  options.add_options()                                                              //
      ("output,o", po::value<std::string>()->value_name("FILE.png"), "the picture")  //
      ("all", "every farm of the journal, not only the last");
  CommandLine command_line(timeline_help, options);
  if (!command_line.parse(arguments)) return success;
  const std::string output = command_line.text("output");
  if (command_line.has("output") && output.empty()) throw WrongCommandLine("--output: the name is empty");
  const auto shown = command_line.has("all") ? tdse::FarmsShown::all : tdse::FarmsShown::last;
  const auto line = tdse::read_timeline(tdse::journal_of(command_line.store()), shown);
  std::cout << tdse::timeline_text(line, tdse::summarise(line));
  if (!output.empty()) {
    tdse::draw_timeline(line, output);
    std::cout << output << '\n';
  }
  return success;
}

int dispatch(const std::vector<std::string>& arguments) {
  if (arguments.empty()) throw WrongCommandLine("which command? info, verify, render or timeline");
  const std::string& command = arguments.front();
  const std::vector<std::string> rest(arguments.begin() + 1, arguments.end());
  if (command == "--help" || command == "-h" || command == "help") {
    std::cout << overview;
    return success;
  }
  if (command == "--version") {
    std::cout << "pmd_store " << tdse::code_version() << ", " << tdse::compiler() << '\n';
    return success;
  }
  if (command == "info") return info(rest);
  if (command == "verify") return verify(rest);
  if (command == "render") return render(rest);
  if (command == "timeline") return timeline(rest);
  const auto near = tdse::nearest(command, {"info", "verify", "render", "timeline"});
  throw WrongCommandLine(
      "there is no command '" + command + "'" +
      (near.empty() ? "; expected info, verify, render or timeline" : "; did you mean '" + near + "'?"));
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return dispatch({argv + 1, argv + argc});
  } catch (const WrongCommandLine& error) {
    std::cerr << "error: " << error.what() << " (see pmd_store --help)\n";
    return wrong_command_line;
  } catch (const po::error& error) {
    std::cerr << "error: " << error.what() << " (see pmd_store --help)\n";
    return wrong_command_line;
  } catch (const tdse::ConfigError& error) {  // all that configures this program is its command line
    std::cerr << "error: " << error.what() << '\n';
    return wrong_command_line;
  } catch (const std::exception& error) {
    std::cerr << "error: " << error.what() << '\n';
    return failure;
  }
}
