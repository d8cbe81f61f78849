#include "libml/data/samples.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "libml/data/sample_file.hpp"
#include "libpmd/base/error.hpp"

namespace bondscope::ml {
namespace {

Sample sample_of(const StoreDescription& d, std::size_t run, std::uint64_t checksum) {
  return {.run = run,
          .number = d.numbers[run],
          .parameters = d.runs[run],
          .use = d.derivation ? d.derivation->use[run] : Use::any,
          .extent = {},
          .checksum = checksum,
          .roots = d.derivation ? d.derivation->roots[run] : std::vector<std::uint64_t>{checksum}};
}

SampleSet list(const SampleFile& file, const std::string& name, const ImageSettings& image) {
  const auto& description = file.description();
  SampleSet set;
  set.image = image;
  set.source = {.kind = file.kind(),
                .store = name,
                .dataset = description.dataset,
                .preset = description.preset,
                .code_version = description.code_version,
                .setting = read_setting(description.configuration, name),
                .declared = description.declared,
                .runs = description.runs.size()};
  std::set<RunParameters> seen;
  const auto commits = file.commits();
  for (std::size_t run = 0; run < commits.size(); ++run) {
    if (commits[run].state == RunState::failed)
      ++set.source.failed;
    else if (commits[run].state == RunState::pending)
      ++set.source.pending;
    else if (!seen.insert(description.runs[run]).second)
      ++set.source.repeated;
    else
      set.samples.push_back(sample_of(description, run, commits[run].payload_checksum));
  }
  if (set.samples.empty())
    throw DataError(fmt::format("{}: no run is done ({} runs, {} pending, {} failed): nothing to learn from",
                                name, set.source.runs, set.source.pending, set.source.failed));
  return set;
}

}  // namespace

void check_size(const ImageSettings& image, std::size_t samples) {
  check_image_settings(image);
  const auto pixels = static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height);
  if (samples > most_image_bytes / pixels)
    throw DataError(
        fmt::format("{} images of {} × {} pixels take more memory than the {} GiB allowed; expected "
                    "fewer runs or a smaller image.width and image.height",
                    samples, image.width, image.height, most_image_bytes >> 30));
}

SampleSet list_samples(const std::filesystem::path& file, const ImageSettings& image) {
  return list(*SampleFile::open(file, image), file.string(), image);
}

SampleSet load_samples(const std::filesystem::path& file, const ImageSettings& image, int threads,
                       const LoadMonitor& monitor) {
  const auto source = SampleFile::open(file, image);
  auto set = list(*source, file.string(), image);
  check_size(image, set.size());
  const auto size = set.pixels_per_image();
  set.pixels.resize(set.size() * size);
  std::vector<std::size_t> rows;
  for (const auto& sample : set.samples)
    rows.push_back(sample.run);
  source->make_images(
      rows, threads,
      [&](std::size_t position, const std::vector<std::uint8_t>& pixels, const Extent& extent) {
        std::ranges::copy(pixels, set.pixels.begin() + static_cast<std::ptrdiff_t>(position * size));
        set.samples[position].extent = extent;
      },
      [&](std::size_t position) {
        if (monitor) monitor(position + 1, set.size());
      });
  return set;
}

}  // namespace bondscope::ml
