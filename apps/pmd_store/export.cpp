#include "libpmd/store/export.hpp"

#include <filesystem>
#include <functional>
#include <iostream>

#include <fmt/format.h>

#include "apps/pmd_store/commands.hpp"
#include "apps/shared/open_in_child.hpp"
#include "apps/shared/progress.hpp"
#include "libpmd/base/files/disk.hpp"
#include "libpmd/images/compact_store.hpp"

using namespace bondscope;

namespace {

constexpr const char* help = R"(Usage: pmd_store export STORE OUTPUT [options]

Writes a sealed copy of the done runs: compressed without loss, one chunk for each run, the numbers of the runs and
all provenance kept. pmd_train, pmd_store and h5py read it like any store; nothing can write to it. Each run
is compared with its checksum. A checksum of all but the distributions is compared whenever it is opened.

With --compact: what one mails instead of a store of gigabytes, a few per cent of its size. Distributions are kept on all
their momenta, but as fourth roots in bytes: wrong by less than half a grey level of the image on average. Sums and
diagnostics are the original's, and so are the computed runs behind each row, so that what was learned from is
recognised. Amplitude, counts, uncertainty and mask are left out. A distribution that would take more than 39 kB gets
fewer levels, at least 64; those that are still larger are counted. The error of each run is measured and kept in the
file. It is read like any store, but neither exported again nor merged: copy it as it is.

Examples:
  pmd_store export base.h5 base-sealed.h5
  pmd_store export base.h5 small.h5 --level 9
  pmd_store export base.h5 base-compact.h5 --compact
)";

int export_as_compact(const std::string& store, const std::string& output, const CompactSettings& settings) {
  StoppableProgress progress("export", "runs");
  const auto report = export_compact(store, output, settings, std::ref(progress));
  progress.end();
  for (const auto number : report.damaged)
    std::cerr << "warning: run " << number << " is damaged and was left out\n";
  if (report.too_large > 0)
    std::cerr << fmt::format("note: {} of {} runs take more than {}, with 64 levels; the largest takes {}\n",
                             report.too_large, report.runs, format_bytes(settings.most_bytes),
                             format_bytes(report.largest_bytes));
  const auto bytes = std::filesystem::file_size(output);
  std::cout << fmt::format(
      "{}: {} runs; {} became {}, {} a run; error {:.2f} grey levels on average, {:.1f} at most\n", output,
      report.runs, format_bytes(std::filesystem::file_size(store)), format_bytes(bytes),
      format_bytes(bytes / report.runs), report.mean.grey_mean, report.largest.grey_largest);
  return exit_code::success;
}

}  // namespace

int export_copy(const Arguments& arguments) {
  std::vector<std::string> files;
  ExportSettings settings;
  CompactSettings compact_settings;
  bool compact = false;
  CommandLine command_line(help);
  command_line.arguments(files, 2, 2, expected_store_and_output);
  command_line.integer("level", "0..9", settings.level, 0, 9, "of the compression");
  command_line.flag("all", settings.all, "pending and failed runs, too, without data");
  command_line.flag("skip-damaged", settings.skip_damaged, "leave out runs that do not match their checksum");
  command_line.flag("compact", compact, "distributions as fourth roots in bytes: a few per cent of the size");
  add_threads_option(command_line, compact_settings.threads);
  if (!command_line.read(arguments)) return exit_code::success;
  if (compact && (command_line.given("level") || settings.all))
    throw WrongCommandLine("--level and --all are for copies without loss, and not for --compact");
  open_in_child({files[0]});
  const auto &store = files[0], &output = files[1];
  if (compact) {
    compact_settings.skip_damaged = settings.skip_damaged;
    return export_as_compact(store, output, compact_settings);
  }
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
