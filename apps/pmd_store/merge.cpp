#include "libpmd/store/merge.hpp"

#include <filesystem>
#include <functional>
#include <iostream>
#include <limits>

#include <boost/program_options.hpp>

#include "apps/pmd_store/commands.hpp"
#include "apps/pmd_store/row_progress.hpp"
#include "apps/store_command_line.hpp"

using namespace bondscope;

namespace po = boost::program_options;

namespace {

constexpr const char* help = R"(Usage: pmd_store merge OUTPUT PART... [options]

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

}  // namespace

int merge(const Arguments& arguments) {
  po::options_description options("Options");
  options.add_options()("incomplete", "some runs of the data set may be missing");
  CommandLine command_line(help, options);
  constexpr auto any_number = std::numeric_limits<std::size_t>::max();
  if (!command_line.parse(arguments, "expected a new file and the stores to merge into it", 2, any_number))
    return exit_success;
  const std::string output = command_line.files().front();
  const std::vector<std::filesystem::path> inputs(command_line.files().begin() + 1,
                                                  command_line.files().end());
  catch_signals();
  RowProgress progress("merge");
  const auto report = merge(output, inputs, command_line.has("incomplete"), std::ref(progress));
  progress.end();
  for (const auto& what : report.damaged)
    std::cerr << "warning: " << what << '\n';
  if (report.repeated > 0)
    std::cerr << "note: " << report.repeated << " times a run was in several files, with the same data\n";
  std::cout << output << ": " << report.runs << " runs"
            << (report.complete ? ", the whole data set" : ", not all of the data set") << "; " << report.done
            << " done, " << report.pending << " pending, " << report.failed << " failed\n";
  return report.damaged.empty() ? exit_success : exit_damage_found;
}
