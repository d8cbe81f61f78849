#include "libpmd/inspect/verify.hpp"

#include <functional>
#include <iostream>

#include "apps/pmd_store/commands.hpp"
#include "apps/shared/open_in_child.hpp"
#include "apps/shared/progress.hpp"
#include "libpmd/inspect/images_report.hpp"
#include "libpmd/inspect/report.hpp"
#include "libpmd/store/store.hpp"

using namespace bondscope;

namespace {

constexpr const char* help = R"(Usage: pmd_store verify STORE [options]

Reads every done run, each once. Errors (exit code 3): damaged commit records, payloads that do not match
their checksum, reasons of failures that do not, values that are negative or not finite. Warnings: the yield does
not match the absorbed norm; the noise floor comes near the images' cut-off at 1e-5 of the maximum; the
distribution reaches the rim of the axes; all values equal; the same run twice; a yield far off the trend of
its neighbours in R and intensity.
Of an images file every row is compared with its checksum; damaged ones are errors.

With --sources it follows the links of a derived store (average, interpolate, degrade) into the stores that
it was made from: runs that are gone or were computed again with another result are errors. Whether the data of
those stores are intact says verify of each.

Examples:
  pmd_store verify base.h5
  pmd_store verify averages.h5 --sources focal.h5
)";

/// Prints what is wrong. Returns the exit code.
int verify_links(const Store& derived, const std::vector<std::string>& sources) {
  const auto report = follow_links(derived, {sources.begin(), sources.end()});
  for (const auto& broken : report.broken)
    std::cout << "error: " << broken << '\n';
  std::cout << report.followed << " of " << report.links << " links followed, " << report.broken.size()
            << " of them broken\n";
  return report.broken.empty() ? exit_code::success : exit_code::incomplete;
}

int verify_images(const std::string& name, bool json) {
  const auto file = ImagesFile::open(name);
  Progress progress("verify", "runs");
  const auto damaged = find_damaged(file, std::ref(progress));
  progress.end();
  std::cout << (json ? damaged_json(file, damaged) : damaged_text(file, damaged));
  return damaged.empty() ? exit_code::success : exit_code::incomplete;
}

}  // namespace

int verify(const Arguments& arguments) {
  std::vector<std::string> files, sources;
  bool json = false;
  CommandLine command_line(help);
  command_line.arguments(files, 1, 1, expected_store);
  command_line.flag("json", json, "for programs; lists every finding");
  command_line
      .texts("sources", "STORE...", sources,
             "follow the links of a derived store into these, and do nothing else")
      .takes_several = true;
  if (!command_line.read(arguments)) return exit_code::success;
  open_in_child({files.front()});
  open_in_child({sources.begin(), sources.end()});
  const auto& file = files.front();
  if (!sources.empty() && (is_images_file(file) || json))
    throw WrongCommandLine("--sources follows the links of a derived store, and has no --json");
  if (is_images_file(file)) return verify_images(file, json);
  const auto store = Store::open(file, Store::Mode::read);
  if (!sources.empty()) return verify_links(store, sources);
  Progress progress("verify", "runs");
  const auto report = verify(store, std::ref(progress));
  progress.end();
  std::cout << (json ? verify_json(store, report) : verify_text(store, report));
  return report.errors > 0 ? exit_code::incomplete : exit_code::success;
}
