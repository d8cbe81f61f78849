#include <filesystem>
#include <functional>
#include <iostream>

#include <fmt/format.h>

#include "apps/pmd_store/commands.hpp"
#include "apps/shared/open_in_child.hpp"
#include "apps/shared/progress.hpp"
#include "libpmd/base/clock.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/files/disk.hpp"
#include "libpmd/images/write_images.hpp"

using namespace bondscope;

namespace {

constexpr const char* help = R"(Usage: pmd_store images STORE OUTPUT [options]

Makes the images file of the done runs: what is learned from, small enough to be copied to a GPU node or shared.
pmd_train takes it wherever it takes a store and learns the same model from it, bit for bit; h5py reads it. It has
for each run its images in one or several representations, the one-dimensional distribution dP/dkx, parameters and
diagnostics; and how all was made. Amplitude, counts, uncertainty and mask are left out. Each run is compared with its checksum; the file is sealed, and its own checksums
are looked at whenever it is read ('pmd_store verify' looks at all).

A representation says what of the momentum plane an image shows and how: view, window, scale, normalisation, grey
levels or floats. Without --representation it is the paper's: 256 x 128 8-bit grey levels of log10(PMD/max), cut off
at -5, each image cropped to what is above. pmd_train reads the one that the section 'image' of its recipe describes;
cropped images of the view dp_dkx it makes of the one-dimensional distribution, which every images file has.

Examples:
  pmd_store images base.h5 base-images.h5
  pmd_store images base.h5 small.h5 --width 128 --height 64
  pmd_store images base.h5 several.h5 --representation paper --representation root --representation mine.yaml
  pmd_train train --store base-images.h5 --recipe paper --output models/base
)";

}  // namespace

int images(const Arguments& arguments) {
  std::vector<std::string> files;
  ImagesSettings settings;
  ImageSettings image;
  std::string view = "plane";
  std::vector<std::string> representations;
  CommandLine command_line(help);
  command_line.arguments(files, 2, 2, expected_store_and_output);
  command_line.texts("representation", "NAME|FILE", representations,
                     "a file or one of configs/representations; may be repeated");
  command_line.integer("width", "PIXELS", image.width, 1, most_pixels_per_side, "along kx");
  command_line.integer("height", "PIXELS", image.height, 1, most_pixels_per_side, "along ky");
  command_line.number("floor", "W", image.floor, {.min = -30, .max = 0, .max_open = true},
                      "cut off log10(PMD/max) below this");
  command_line.choice("view", "VIEW", view, {"plane", "first_quadrant"},
                      "plane or first_quadrant: kx >= 0 and ky >= 0");
  command_line.integer("level", "0..9", settings.level, 0, 9, "of the compression");
  command_line.flag("skip-damaged", settings.skip_damaged, "leave out runs that do not match their checksum");
  add_threads_option(command_line, settings.threads);
  if (!command_line.read(arguments)) return exit_code::success;
  open_in_child({files[0]});
  if (representations.empty()) {
    image.view = value_of<View>(view);
    settings.representations = {{image == ImageSettings{} ? "paper" : "image", image}};
  } else {
    for (const char* option : {"width", "height", "floor", "view"})
      if (command_line.given(option))
        throw WrongCommandLine(
            fmt::format("--{} changes the paper's representation; --representation says all itself", option));
    settings.representations.clear();
    for (const auto& name : representations)
      settings.representations.push_back(load_representation(name));
  }
  const auto &store = files[0], &output = files[1];
  const auto start = Clock::now();
  StoppableProgress progress("images", "runs");
  const auto report = write_images(store, output, settings, std::ref(progress));
  progress.end();
  const double seconds = seconds_since(start);
  for (const auto number : report.damaged)
    std::cerr << "warning: run " << number << " is damaged and was left out\n";
  const auto images = report.runs * settings.representations.size();
  std::cout << output << ": " << images << " images of ";
  if (settings.representations.size() == 1)
    std::cout << to_string(settings.representations.front().image);
  else
    std::cout << report.runs << " runs in " << settings.representations.size() << " representations";
  if (report.pending + report.failed > 0)
    std::cout << " (" << report.pending << " runs are pending, " << report.failed << " failed)";
  std::cout << "; " << format_bytes(std::filesystem::file_size(store)) << " became "
            << format_bytes(std::filesystem::file_size(output)) << "; "
            << fmt::format("{:.0f}", static_cast<double>(images) / seconds) << " images/s with "
            << settings.threads << (settings.threads == 1 ? " thread\n" : " threads\n");
  return exit_code::success;
}
