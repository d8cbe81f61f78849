#include "libpmd/inspect/timeline.hpp"

#include <iostream>

#include <boost/program_options.hpp>

#include "apps/pmd_store/commands.hpp"
#include "apps/store_command_line.hpp"
#include "libpmd/inspect/timeline_picture.hpp"
#include "libpmd/inspect/timeline_summary.hpp"

using namespace bondscope;

namespace po = boost::program_options;

namespace {

constexpr const char* help =
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

}  // namespace

int timeline(const Arguments& arguments) {
  po::options_description options("Options");
  options.add_options()                                                              //
      ("output,o", po::value<std::string>()->value_name("FILE.png"), "the picture")  //
      ("all", "every farm of the journal, not only the last");
  CommandLine command_line(help, options);
  if (!command_line.parse(arguments, "expected one store or journal, the name of its file"))
    return exit_success;
  const std::string output = command_line.text("output");
  if (command_line.has("output") && output.empty()) throw WrongCommandLine("--output: the name is empty");
  const auto shown = command_line.has("all") ? FarmsShown::all : FarmsShown::last;
  const auto line = read_timeline(journal_of(command_line.files().front()), shown);
  std::cout << timeline_text(line, summarise(line));
  if (!output.empty()) {
    draw_timeline(line, output);
    std::cout << output << '\n';
  }
  return exit_success;
}
