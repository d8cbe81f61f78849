// pmd_store: looks into stores of momentum distributions and makes new ones of them; changes none.

#include <array>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <functional>
#include <iostream>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <boost/program_options.hpp>

#include "apps/progress_printer.hpp"
#include "apps/store_command_line.hpp"
#include "libtdse/base/build_info.hpp"
#include "libtdse/base/config.hpp"
#include "libtdse/base/error.hpp"
#include "libtdse/inspect/failures.hpp"
#include "libtdse/inspect/render.hpp"
#include "libtdse/inspect/report.hpp"
#include "libtdse/inspect/selection.hpp"
#include "libtdse/inspect/summary.hpp"
#include "libtdse/inspect/timeline.hpp"
#include "libtdse/inspect/timeline_picture.hpp"
#include "libtdse/inspect/timeline_summary.hpp"
#include "libtdse/inspect/verify.hpp"
#include "libtdse/store/disk.hpp"
#include "libtdse/store/export.hpp"
#include "libtdse/store/merge.hpp"
#include "libtdse/store/store.hpp"

namespace po = boost::program_options;

namespace {

enum Exit { success = 0, failure = 1, wrong_command_line = 2, damage_found = 3 };

constexpr const char* overview = R"(Usage: pmd_store COMMAND STORE [options]

Looks into a store of momentum distributions, as tdse_farm writes it, and makes new stores of it. Never changes
a store that is there, and may be used while a farm is still writing.

Commands:
  info       what is in it, how far it is, how it was made
  verify     are the data intact, and do they look like physics?
  failures   which runs failed and why, and which were begun and never ended
  render     pictures of momentum distributions and of what the network sees
  timeline   what the farm's workers did when, from the journal beside the store
  merge      joins the stores of a job array into one that a farm can go on with
  export     a compressed, sealed copy for sharing and for machines that train

'pmd_store COMMAND --help' explains a command; 'pmd_store --version' tells what was built.
Exit codes: 0 success, 1 error, 2 wrong command line, 3 verify or merge found damage.
)";

constexpr const char* info_help =
    "Usage: pmd_store info STORE [options]\n"
    "\n"
    "Prints the data set, its part and preset, the runs by state, failures by kind, ranges of the "
    "parameters,\n"
    "times, momentum axes, size, provenance and the stores that it was made from. --configuration prints\n"
    "the resolved YAML instead: its sections preset and dataset.\n";

constexpr const char* verify_help =
    "Usage: pmd_store verify STORE [options]\n"
    "\n"
    "Reads every done run. Errors (exit code 3): damaged commit records, payloads that do not match their\n"
    "checksum, reasons of failures that do not, values that are negative or not finite. Warnings: the yield "
    "does not match the absorbed norm; "
    "the\n"
    "noise floor comes near the images' cut-off at 1e-5 of the maximum; the distribution reaches the rim of "
    "the\n"
    "axes; all values equal; the same run twice; a yield far off the trend of its neighbours in R and "
    "intensity.\n";

constexpr const char* failures_help = R"(Usage: pmd_store failures STORE [options]

Lists failed runs with their parameters, the kind of failure, the number of attempts and the reason. Kinds:
not_finite, norm_grew, start_state, time_limit, checksum, killed, other. Below them, pending runs that were begun
without an end being known: they are running now, or the process or machine died under them.

Example:
  pmd_store failures base.h5
)";

constexpr const char* merge_help = R"(Usage: pmd_store merge OUTPUT PART... [options]

Joins stores of one configuration into the new store OUTPUT, run by run in the order of the data set: the shares of
a job array (1/4, 2/4, ...), or any stores with the same configuration, seed and axes. Done runs are copied and each is
compared with its checksum; a damaged one is named and left pending (exit code 3). Failed runs stay failed,
pending ones pending. A run that is done in several stores must be the same in all of them. If runs of the data set
have no row in any of the stores, the merge is refused unless --incomplete is given.

The same tdse_farm command that would make the whole data set goes on with OUTPUT. An interrupted merge (SIGINT)
leaves nothing behind; a killed one OUTPUT.partial and OUTPUT.lock, which the next one overwrites.

Examples:
  pmd_store merge base.h5 base-1.h5 base-2.h5 base-3.h5 base-4.h5
  pmd_store merge live.h5 sealed.h5         a sealed copy made writable again
)";

constexpr const char* export_help = R"(Usage: pmd_store export STORE OUTPUT [options]

Writes a sealed copy of the done runs: compressed without loss, one chunk for each run, the numbers of the runs and
all provenance kept. pmd_train, pmd_store and h5py read it like any store; nothing can write to it. Each run
is compared with its checksum. The seal covers description and commit records, and is checked whenever it is opened.

Examples:
  pmd_store export base.h5 base-sealed.h5
  pmd_store export base.h5 small.h5 --level 9
)";

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

constexpr const char* one_store = "expected one store, the name of its file";

volatile std::sig_atomic_t stop_requested = 0;

/// How many runs of how many, and the time left; knows whether to go on.
class RowProgress {
 public:
  explicit RowProgress(std::string what) : what_(std::move(what)) {}

  bool operator()(std::size_t done, std::size_t all) {
    printer_([&] {
      const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - begin_;
      std::string line = what_ + ": " + std::to_string(done) + " of " + std::to_string(all) + " runs";
      if (done > 0)
        line +=
            ", " +
            tdse::duration_text(spent.count() * static_cast<double>(all - done) / static_cast<double>(done)) +
            " left";
      return line;
    });
    if (stop_requested) end();
    return !stop_requested;
  }
  void end() const { printer_.end(); }

 private:
  std::string what_;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  ProgressPrinter printer_{std::chrono::seconds(3)};
};

/// From here on SIGINT and SIGTERM only ask to stop, so that what is half made can be removed.
void catch_signals() {
  for (const int signal : {SIGINT, SIGTERM})
    std::signal(signal, [](int) { stop_requested = 1; });
}

int info(const std::vector<std::string>& arguments) {
  po::options_description options("Options");
  options.add_options()("json", "for programs")("configuration", "the resolved configuration");
  CommandLine command_line(info_help, options);
  if (!command_line.parse(arguments, one_store)) return success;
  const auto store = tdse::Store::open(command_line.files().front(), tdse::Store::Mode::read);
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
  if (!command_line.parse(arguments, one_store)) return success;
  const auto store = tdse::Store::open(command_line.files().front(), tdse::Store::Mode::read);
  RowProgress progress("verify");
  const auto report = tdse::verify(store, [&](std::size_t done, std::size_t all) { progress(done, all); });
  progress.end();
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
  if (!command_line.parse(arguments, one_store)) return success;
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

  const auto store = tdse::Store::open(command_line.files().front(), tdse::Store::Mode::read);
  const auto runs = tdse::select_runs(store, selection);
  for (const auto& file : tdse::render(store, runs, settings, output))
    std::cout << file.string() << '\n';
  return success;
}

int failures(const std::vector<std::string>& arguments) {
  po::options_description options("Options");
  options.add_options()("json", "for programs");
  CommandLine command_line(failures_help, options);
  if (!command_line.parse(arguments, one_store)) return success;
  const auto store = tdse::Store::open(command_line.files().front(), tdse::Store::Mode::read);
  const auto list = tdse::list_failures(store);
  std::cout << (command_line.has("json") ? tdse::failures_json(store, list)
                                         : tdse::failures_text(store, list));
  return success;
}

int timeline(const std::vector<std::string>& arguments) {
  po::options_description options("Options");
  options.add_options()                                                              //
      ("output,o", po::value<std::string>()->value_name("FILE.png"), "the picture")  //
      ("all", "every farm of the journal, not only the last");
  CommandLine command_line(timeline_help, options);
  if (!command_line.parse(arguments, "expected one store or journal, the name of its file")) return success;
  const std::string output = command_line.text("output");
  if (command_line.has("output") && output.empty()) throw WrongCommandLine("--output: the name is empty");
  const auto shown = command_line.has("all") ? tdse::FarmsShown::all : tdse::FarmsShown::last;
  const auto line = tdse::read_timeline(tdse::journal_of(command_line.files().front()), shown);
  std::cout << tdse::timeline_text(line, tdse::summarise(line));
  if (!output.empty()) {
    tdse::draw_timeline(line, output);
    std::cout << output << '\n';
  }
  return success;
}

int merge(const std::vector<std::string>& arguments) {
  po::options_description options("Options");
  options.add_options()("incomplete", "some runs of the data set may be missing");
  CommandLine command_line(merge_help, options);
  constexpr auto any_number = std::numeric_limits<std::size_t>::max();
  if (!command_line.parse(arguments, "expected a new file and the stores to merge into it", 2, any_number))
    return success;
  const std::string output = command_line.files().front();
  const std::vector<std::filesystem::path> inputs(command_line.files().begin() + 1,
                                                  command_line.files().end());
  catch_signals();
  RowProgress progress("merge");
  const auto report = tdse::merge(output, inputs, command_line.has("incomplete"), std::ref(progress));
  progress.end();
  for (const auto& what : report.damaged)
    std::cerr << "warning: " << what << '\n';
  if (report.repeated > 0)
    std::cerr << "note: " << report.repeated << " times a run was in several files, with the same data\n";
  std::cout << output << ": " << report.runs << " runs"
            << (report.complete ? ", the whole data set" : ", not all of the data set") << "; " << report.done
            << " done, " << report.pending << " pending, " << report.failed << " failed\n";
  return report.damaged.empty() ? success : damage_found;
}

int export_copy(const std::vector<std::string>& arguments) {
  po::options_description options("Options");
  options.add_options()                                                                          //
      ("level", po::value<std::string>()->value_name("0..9"), "of the compression (default 4)")  //
      ("all", "pending and failed runs, too, without data")                                      //
      ("skip-damaged", "leave out runs that do not match their checksum");
  CommandLine command_line(export_help, options);
  if (!command_line.parse(arguments, "expected a store and a new file", 2, 2)) return success;
  tdse::ExportSettings settings;
  settings.level = static_cast<int>(command_line.integer("level", 0, 9, settings.level));
  settings.all = command_line.has("all");
  settings.skip_damaged = command_line.has("skip-damaged");
  const std::string store = command_line.files()[0], output = command_line.files()[1];
  catch_signals();
  RowProgress progress("export");
  const auto report = tdse::export_sealed(store, output, settings, std::ref(progress));
  progress.end();
  for (const auto number : report.damaged)
    std::cerr << "warning: run " << number << " is damaged and was left out\n";
  std::cout << output << ": " << report.runs << " runs, " << report.done << " of them done; "
            << tdse::format_bytes(std::filesystem::file_size(store)) << " became "
            << tdse::format_bytes(std::filesystem::file_size(output)) << "\n";
  return success;
}

constexpr std::array<std::pair<const char*, int (*)(const std::vector<std::string>&)>, 7> commands{{
    {"info", info},
    {"verify", verify},
    {"failures", failures},
    {"render", render},
    {"timeline", timeline},
    {"merge", merge},
    {"export", export_copy},
}};

/// "info, verify, … or export"
std::string command_names() {
  std::string names;
  for (std::size_t i = 0; i < commands.size(); ++i)
    names += (i == 0 ? "" : i + 1 == commands.size() ? " or " : ", ") + std::string(commands[i].first);
  return names;
}

int dispatch(const std::vector<std::string>& arguments) {
  if (arguments.empty()) throw WrongCommandLine("which command? " + command_names());
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
  for (const auto& [name, run] : commands)
    if (command == name) return run(rest);
  std::vector<std::string> names;
  for (const auto& [name, run] : commands)
    names.emplace_back(name);
  const auto near = tdse::nearest(command, names);
  throw WrongCommandLine("there is no command '" + command + "'" +
                         (near.empty() ? "; expected " + command_names() : "; did you mean '" + near + "'?"));
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
