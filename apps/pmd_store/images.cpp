#include <chrono>
#include <filesystem>
#include <functional>
#include <iostream>

#include <boost/program_options.hpp>

#include "apps/pmd_store/commands.hpp"
#include "apps/pmd_store/row_progress.hpp"
#include "apps/store_command_line.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/files/disk.hpp"
#include "libpmd/base/threads/available.hpp"
#include "libpmd/images/write_images.hpp"
#include "libpmd/inspect/report_line.hpp"

using namespace bondscope;

namespace po = boost::program_options;

namespace {

constexpr const char* help = R"(Usage: pmd_store images STORE OUTPUT [options]

Makes the images file of the done runs: what is learned from, small enough to be copied to a GPU node or shared.
pmd_train takes it wherever it takes a store and learns the same model from it, bit for bit; h5py reads it. It has
for each run the image (256 x 128 8-bit grey levels of log10(PMD/max), cut off at -5), the extent of its crop, the
one-dimensional distribution dP/dkx, parameters and diagnostics; and how all was made. Each run is compared with
its checksum; the file is sealed, and its own checksums are looked at whenever it is read ('pmd_store verify' looks
at all). Recipes must ask for images of the size, floor and view that the file has, or for the view dp_dkx, the
one-dimensional distribution, which every images file has.

Examples:
  pmd_store images base.h5 base-images.h5
  pmd_store images base.h5 small.h5 --width 128 --height 64
  pmd_train train --store base-images.h5 --recipe paper --output models/base
)";

}  // namespace

int images(const Arguments& arguments) {
  const auto value = [](const char* name) { return po::value<std::string>()->value_name(name); };
  po::options_description options("Options");
  options.add_options()                                                                  //
      ("width", value("PIXELS"), "along kx (default 256)")                               //
      ("height", value("PIXELS"), "along ky (default 128)")                              //
      ("floor", value("W"), "cut off log10(PMD/max) below this (default -5)")            //
      ("view", value("VIEW"), "plane (default) or first_quadrant: kx >= 0 and ky >= 0")  //
      ("level", value("0..9"), "of the compression (default 9)")                         //
      ("skip-damaged", "leave out runs that do not match their checksum")                //
      ("threads", value("N"),
       "processors to use (default: all that this process may use, at most OMP_NUM_THREADS)");
  CommandLine command_line(help, options);
  if (!command_line.parse(arguments, "expected a store and a new file", 2, 2)) return exit_success;
  ImagesSettings settings;
  auto& image = settings.image;
  image.width = static_cast<int>(command_line.integer("width", 1, most_pixels_per_side, image.width));
  image.height = static_cast<int>(command_line.integer("height", 1, most_pixels_per_side, image.height));
  image.floor = command_line.number("floor", {.min = -30, .max = 0, .max_open = true}, image.floor);
  if (command_line.has("view")) image.view = view_of(command_line.text("view"));
  if (image.view == View::dp_dkx)
    throw ConfigError(
        "--view dp_dkx: every images file has dP/dkx beside its images; expected plane or "
        "first_quadrant");
  settings.level = static_cast<int>(command_line.integer("level", 0, 9, settings.level));
  settings.threads = static_cast<int>(command_line.integer("threads", 1, 1024, available_threads()));
  settings.skip_damaged = command_line.has("skip-damaged");
  const std::string store = command_line.files()[0], output = command_line.files()[1];
  catch_signals();
  const auto start = std::chrono::steady_clock::now();
  RowProgress progress("images");
  const auto report = write_images(store, output, settings, std::ref(progress));
  progress.end();
  const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
  for (const auto number : report.damaged)
    std::cerr << "warning: run " << number << " is damaged and was left out\n";
  const auto count = static_cast<double>(report.images);
  std::cout << output << ": " << report.images << " images of " << to_string(image);
  if (report.pending + report.failed > 0)
    std::cout << " (" << report.pending << " runs are pending, " << report.failed << " failed)";
  std::cout << "; " << format_bytes(std::filesystem::file_size(store)) << " became "
            << format_bytes(std::filesystem::file_size(output)) << "; "
            << number(count / spent.count(), "%.0f") << " images/s with " << settings.threads
            << (settings.threads == 1 ? " thread\n" : " threads\n");
  return exit_success;
}
