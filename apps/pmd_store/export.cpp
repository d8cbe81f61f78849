#include "libpmd/store/export.hpp"

#include <filesystem>
#include <functional>
#include <iostream>

#include <boost/program_options.hpp>

#include "apps/pmd_store/commands.hpp"
#include "apps/pmd_store/row_progress.hpp"
#include "apps/store_command_line.hpp"
#include "libpmd/base/files/disk.hpp"

using namespace bondscope;

namespace po = boost::program_options;

namespace {

constexpr const char* help = R"(Usage: pmd_store export STORE OUTPUT [options]

Writes a sealed copy of the done runs: compressed without loss, one chunk for each run, the numbers of the runs and
all provenance kept. pmd_train, pmd_store and h5py read it like any store; nothing can write to it. Each run
is compared with its checksum. The seal covers description and commit records, and is checked whenever it is opened.

Examples:
  pmd_store export base.h5 base-sealed.h5
  pmd_store export base.h5 small.h5 --level 9
)";

}  // namespace

int export_copy(const Arguments& arguments) {
  po::options_description options("Options");
  options.add_options()                                                                          //
      ("level", po::value<std::string>()->value_name("0..9"), "of the compression (default 4)")  //
      ("all", "pending and failed runs, too, without data")                                      //
      ("skip-damaged", "leave out runs that do not match their checksum");
  CommandLine command_line(help, options);
  if (!command_line.parse(arguments, "expected a store and a new file", 2, 2)) return exit_success;
  ExportSettings settings;
  settings.level = static_cast<int>(command_line.integer("level", 0, 9, settings.level));
  settings.all = command_line.has("all");
  settings.skip_damaged = command_line.has("skip-damaged");
  const std::string store = command_line.files()[0], output = command_line.files()[1];
  catch_signals();
  RowProgress progress("export");
  const auto report = export_sealed(store, output, settings, std::ref(progress));
  progress.end();
  for (const auto number : report.damaged)
    std::cerr << "warning: run " << number << " is damaged and was left out\n";
  std::cout << output << ": " << report.runs << " runs, " << report.done << " of them done; "
            << format_bytes(std::filesystem::file_size(store)) << " became "
            << format_bytes(std::filesystem::file_size(output)) << "\n";
  return exit_success;
}
