#include "libpmd/inspect/browse.hpp"

#include <cstddef>
#include <filesystem>
#include <functional>
#include <iostream>

#include <fmt/format.h>

#include "apps/pmd_store/commands.hpp"
#include "apps/shared/open_in_child.hpp"
#include "apps/shared/progress.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/files/disk.hpp"
#include "libpmd/base/files/text_file.hpp"
#include "libpmd/store/store.hpp"

using namespace bondscope;

namespace {

constexpr const char* help = R"(Usage: pmd_store browse STORE [options]

Writes a page to look through the store with: one HTML file that any browser of today opens from disk, with
nothing from outside. It shows all runs over any two parameters or diagnostics, coloured by a third; the
distribution of the run under the mouse, beside that of another one that a click pins; how often a diagnostic has
which value; failed runs with their reasons; and where everything came from.

The pictures take 20 MB, or what --megabytes says: the more runs, the smaller they are. They are for looking;
numbers are in the store.

Examples:
  pmd_store browse base.h5
  pmd_store browse base.h5 --output base.html --megabytes 60
)";

/// The store as seen from the page.
std::string link_from(const std::filesystem::path& page, const std::filesystem::path& store) {
  const auto folder = std::filesystem::absolute(page).parent_path();
  return std::filesystem::absolute(store).lexically_relative(folder).generic_string();
}

}  // namespace

int browse(const Arguments& arguments) {
  std::vector<std::string> files;
  std::filesystem::path output;
  std::size_t megabytes = 20;
  CommandLine command_line(help);
  command_line.arguments(files, 1, 1, expected_store);
  command_line.text("output,o", "FILE.html", output, "the page (default: the store's name with .html)");
  command_line.integer("megabytes", "N", megabytes, 1, 500, "of pictures, roughly");
  if (!command_line.read(arguments)) return exit_code::success;
  open_in_child({files.front()});
  const std::filesystem::path file = files.front();
  if (output.empty()) output = std::filesystem::path(file).replace_extension(".html");
  const auto store = Store::open(file, Store::Mode::read);
  StoppableProgress progress("browse", "runs");
  const auto thumbnails = make_thumbnails(store, {.most_bytes = megabytes * 1'000'000}, std::ref(progress));
  progress.end();
  write_file(output, browse_page(store, thumbnails, link_from(output, file)));
  std::cout << fmt::format("{}: {} of {} with pictures of {} x {} pixels, {}\n", output.string(),
                           counted(store.size(), "run"), file.string(), thumbnails.image.width,
                           thumbnails.image.height, format_bytes(std::filesystem::file_size(output)));
  if (thumbnails.every > 1)
    std::cout << fmt::format("(only every {}th run has one: the others would take more than {} MB)\n",
                             thumbnails.every, megabytes);
  print_next("xdg-open " + output.string());
  return exit_code::success;
}
