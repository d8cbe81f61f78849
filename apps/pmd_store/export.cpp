#include "libpmd/store/export.hpp"

#include <filesystem>
#include <functional>
#include <iostream>

#include "apps/pmd_store/commands.hpp"
#include "apps/shared/open_in_child.hpp"
#include "apps/shared/progress.hpp"
#include "libpmd/base/files/disk.hpp"

using namespace bondscope;

namespace {

constexpr const char* help = R"(Usage: pmd_store export STORE OUTPUT [options]

Writes a sealed copy of the done runs: compressed without loss, one chunk for each run, the numbers of the runs and
all provenance kept. pmd_train, pmd_store and h5py read it like any store; nothing can write to it. Each run
is compared with its checksum. A checksum of all but the distributions is compared whenever it is opened.

Examples:
  pmd_store export base.h5 base-sealed.h5
  pmd_store export base.h5 small.h5 --level 9
)";

}  // namespace

int export_copy(const Arguments& arguments) {
  std::vector<std::string> files;
  ExportSettings settings;
  CommandLine command_line(help);
  command_line.arguments(files, 2, 2, expected_store_and_output);
  command_line.integer("level", "0..9", settings.level, 0, 9, "of the compression");
  command_line.flag("all", settings.all, "pending and failed runs, too, without data");
  command_line.flag("skip-damaged", settings.skip_damaged, "leave out runs that do not match their checksum");
  if (!command_line.read(arguments)) return exit_code::success;
  open_in_child({files[0]});
  const auto &store = files[0], &output = files[1];
  StoppableProgress progress("export", "runs");
  const auto report = export_sealed(store, output, settings, std::ref(progress));
  progress.end();
  for (const auto number : report.damaged)
    std::cerr << "warning: run " << number << " is damaged and was left out\n";
  std::cout << output << ": " << report.runs << " runs, " << report.done << " of them done; "
            << format_bytes(std::filesystem::file_size(store)) << " became "
            << format_bytes(std::filesystem::file_size(output)) << "\n";
  return exit_code::success;
}
