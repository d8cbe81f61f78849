#include "libpmd/inspect/timeline.hpp"

#include <iostream>

#include "apps/pmd_store/commands.hpp"

using namespace bondscope;

namespace {

constexpr const char* help = R"(Usage: pmd_store timeline STORE.h5|JOURNAL.jsonl [options]

Reads the journal that tdse_farm writes beside its store (STORE.h5.log.jsonl; the store itself is not
needed), also while the farm is at work, and tells how busy its workers were and where time was lost.
With --output it draws a row for each worker, runs coloured by outcome, and below the number of busy
workers and the runs done over time. A farm that was continued appends to its journal: the last farm is
shown, or with --all every one.

Examples:
  pmd_store timeline base.h5
  pmd_store timeline base.h5.log.jsonl --output ranks.png --all
)";

}  // namespace

int timeline(const Arguments& arguments) {
  std::vector<std::string> files;
  std::filesystem::path output;
  bool all = false;
  CommandLine command_line(help);
  command_line.arguments(files, 1, 1, "expected one store or journal, the name of its file");
  command_line.text("output,o", "FILE.png", output, "the picture");
  command_line.flag("all", all, "every farm of the journal, not only the last");
  if (!command_line.read(arguments)) return exit_code::success;
  const auto line = read_timeline(journal_of(files.front()), all ? FarmsShown::all : FarmsShown::last);
  std::cout << timeline_text(line, summarise(line));
  if (!output.empty()) {
    draw_timeline(line, output);
    std::cout << output.string() << '\n';
  }
  return exit_code::success;
}
