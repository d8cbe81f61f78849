#include "libpmd/store/upgrade.hpp"

#include <functional>
#include <iostream>

#include "apps/pmd_store/commands.hpp"
#include "apps/shared/open_in_child.hpp"
#include "apps/shared/progress.hpp"
#include "libpmd/images/images_file.hpp"
#include "libpmd/images/write_images.hpp"

using namespace bondscope;

namespace {

constexpr const char* help = R"(Usage: pmd_store upgrade OLD NEW

Writes a store of an earlier format again in the one of today, which tdse_farm can continue: a live store becomes a
live one, a sealed one a sealed one. Parameters, distributions, diagnostics, failures, provenance and all checksums of
runs stay, so that stores that were derived from it still find its runs. OLD is not changed; all commands but
tdse_farm read it as it is. Each run is compared with its checksum; a damaged one is named and left pending (exit
code 3).

Images files of an earlier format are written again, too, with the same images; a damaged row is refused.

Examples:
  pmd_store upgrade base.h5 base-new.h5
  pmd_store upgrade base-images.h5 base-images-new.h5
)";

}  // namespace

int upgrade(const Arguments& arguments) {
  std::vector<std::string> files;
  CommandLine command_line(help);
  command_line.arguments(files, 2, 2, expected_store_and_output);
  if (!command_line.read(arguments)) return exit_code::success;
  open_in_child({files[0]});
  StoppableProgress progress("upgrade", "runs");
  if (is_images_file(files[0])) {
    upgrade_images(files[0], files[1], std::ref(progress));
    progress.end();
    std::cout << files[1] << ": " << ImagesFile::open(files[1]).size() << " runs\n";
    return exit_code::success;
  }
  const auto report = upgrade(files[0], files[1], std::ref(progress));
  progress.end();
  for (const auto& what : report.damaged)
    std::cerr << "warning: " << what << '\n';
  std::cout << files[1] << ": " << report.runs << " runs; " << report.done << " done, " << report.failed
            << " failed\n";
  return report.damaged.empty() ? exit_code::success : exit_code::incomplete;
}
