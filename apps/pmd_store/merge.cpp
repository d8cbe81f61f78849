#include "libpmd/store/merge.hpp"

#include <filesystem>
#include <functional>
#include <iostream>
#include <limits>

#include "apps/pmd_store/commands.hpp"
#include "apps/shared/open_in_child.hpp"
#include "apps/shared/progress.hpp"

using namespace bondscope;

namespace {

constexpr const char* help = R"(Usage: pmd_store merge OUTPUT PART... [options]

Joins stores of one configuration into the new store OUTPUT, run by run in the order of the data set: the shares of
a job array (1/4, 2/4, ...), or any stores with the same configuration, seed and axes. Done runs are copied and each is
compared with its checksum; a damaged one is named and left pending (exit code 3). Failed runs stay failed,
pending ones pending. A run that is done in several stores must be the same in all of them. If runs of the data set
have no row in any of the stores, the merge is refused unless --incomplete is given.

PARTs are stores of computed runs, live or sealed. Compact and other derived stores are refused: merge what they were made
from, and derive them again.

The same tdse_farm command that would make the whole data set goes on with OUTPUT. An interrupted merge (SIGINT)
leaves nothing behind; a killed one OUTPUT.partial and OUTPUT.lock, which the next one overwrites.

Examples:
  pmd_store merge base.h5 base-1.h5 base-2.h5 base-3.h5 base-4.h5
  pmd_store merge live.h5 sealed.h5         a sealed copy made writable again
)";

}  // namespace

int merge(const Arguments& arguments) {
  std::vector<std::string> files;
  bool incomplete = false;
  CommandLine command_line(help);
  constexpr auto any_number = std::numeric_limits<std::size_t>::max();
  command_line.arguments(files, 2, any_number, "expected a new file and the stores to merge into it");
  command_line.flag("incomplete", incomplete, "some runs of the data set may be missing");
  if (!command_line.read(arguments)) return exit_code::success;
  open_in_child({files.begin() + 1, files.end()});
  const auto& output = files.front();
  StoppableProgress progress("merge", "runs");
  const auto report = merge(output, {files.begin() + 1, files.end()}, incomplete, std::ref(progress));
  progress.end();
  for (const auto& what : report.damaged)
    std::cerr << "warning: " << what << '\n';
  if (report.repeated > 0)
    std::cerr << "note: " << report.repeated << " times a run was in several files, with the same data\n";
  std::cout << output << ": " << report.runs << " runs"
            << (report.complete ? ", the whole data set" : ", not all of the data set") << "; " << report.done
            << " done, " << report.pending << " pending, " << report.failed << " failed\n";
  return report.damaged.empty() ? exit_code::success : exit_code::incomplete;
}
