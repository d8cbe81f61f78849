#include "libml/data/samples.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "libpmd/base/error.hpp"
#include "libpmd/base/text/number.hpp"
#include "libpmd/images/images_file.hpp"
#include "libpmd/store/parallel_runs.hpp"
#include "libpmd/store/store.hpp"

namespace bondscope::ml {
namespace {

std::string counts(const Source& source) {
  return std::to_string(source.runs) + " runs, " + std::to_string(source.pending) + " pending, " +
         std::to_string(source.failed) + " failed";
}

SampleSet described(const std::string& file, const char* kind, const StoreDescription& description,
                    const ImageSettings& image) {
  SampleSet set;
  set.image = image;
  set.source = {.kind = kind,
                .store = file,
                .dataset = description.dataset,
                .preset = description.preset,
                .code_version = description.code_version,
                .setting = read_setting(description.configuration, file),
                .declared = description.declared,
                .runs = description.runs.size()};
  return set;
}

/// Takes finished runs one by one, but none twice.
class Collector {
 public:
  Collector(SampleSet& set, const StoreDescription& description) : set_(set), description_(description) {}

  void add(std::size_t run, std::uint64_t checksum) {
    const auto& parameters = description_.runs[run];
    if (!seen_.insert(parameters).second) {
      ++set_.source.repeated;
      return;
    }
    set_.samples.push_back({.run = run,
                            .number = description_.numbers[run],
                            .parameters = parameters,
                            .use = description_.derivation ? description_.derivation->use[run] : Use::any,
                            .extent = {},
                            .checksum = checksum,
                            .roots = description_.derivation ? description_.derivation->roots[run]
                                                             : std::vector<std::uint64_t>{checksum}});
  }

 private:
  SampleSet& set_;
  const StoreDescription& description_;
  std::set<RunParameters> seen_;
};

SampleSet list(const Store& store, const ImageSettings& image) {
  auto set = described(store.path().string(), "store", store.description(), image);
  Collector collector(set, store.description());
  const auto commits = store.commits();
  for (std::size_t run = 0; run < commits.size(); ++run) {
    if (commits[run].state == RunState::failed) ++set.source.failed;
    if (commits[run].state == RunState::pending) ++set.source.pending;
    if (commits[run].state == RunState::done) collector.add(run, commits[run].payload_checksum);
  }
  if (set.samples.empty())
    throw DataError(store.path().string() + ": no run is done (" + counts(set.source) +
                    "): nothing to learn from");
  return set;
}

SampleSet list(const ImagesFile& file, const ImageSettings& image) {
  const auto& description = file.description();
  const auto& has = description.image;
  if (has != image && image.view != View::dp_dkx)
    throw ConfigError(
        file.path().string() + ": has images of " + to_string(has) + ", but the recipe asks for " +
        to_string(image) + "; expected a recipe with image.width=" + std::to_string(has.width) +
        ", image.height=" + std::to_string(has.height) + ", image.floor=" + format_number(has.floor) +
        " and image.view=" + to_string(has.view) + ", or a file made for this one by 'pmd_store images'");
  auto set = described(file.path().string(), "images file", description.source, image);
  Collector collector(set, description.source);
  for (std::size_t row = 0; row < file.size(); ++row)
    collector.add(row, file.source_checksum(row));
  return set;
}

/// Room for the images, none made yet.
void make_room(SampleSet& set) {
  check_size(set.image, set.size());
  set.pixels.resize(set.size() * set.pixels_per_image());
}

void put(SampleSet& set, std::size_t sample, const std::vector<std::uint8_t>& pixels, const Extent& extent) {
  std::copy(pixels.begin(), pixels.end(),
            set.pixels.begin() + static_cast<std::ptrdiff_t>(sample * set.pixels_per_image()));
  set.samples[sample].extent = extent;
}

SampleSet load(const ImagesFile& file, const ImageSettings& image, const LoadMonitor& monitor) {
  auto set = list(file, image);
  make_room(set);
  const auto kx = file.centres();
  for (std::size_t i = 0; i < set.size(); ++i) {
    const auto row = file.row(set.samples[i].run);
    if (image.view == View::dp_dkx) {
      const auto made = make_image_1d(row.distribution_1d, kx, image);
      put(set, i, grey_levels(made), made.extent);
    } else {
      put(set, i, row.pixels, row.extent);
    }
    if (monitor) monitor(i + 1, set.size());
  }
  return set;
}

SampleSet load(const Store& store, const ImageSettings& image, int threads, const LoadMonitor& monitor) {
  auto set = list(store, image);
  make_room(set);
  std::vector<std::size_t> rows;
  for (const auto& sample : set.samples)
    rows.push_back(sample.run);
  const auto& axes = store.description();
  work_on_runs(store, rows, threads, [&](const LoadedRun& run) -> std::function<void()> {
    const auto made = make_image(run.pmd, axes.kx, axes.ky, image);
    put(set, run.position, grey_levels(made), made.extent);
    return [&, done = run.position + 1] {
      if (monitor) monitor(done, set.size());
    };
  });
  return set;
}

}  // namespace

void check_size(const ImageSettings& image, std::size_t samples) {
  check_image_settings(image);
  const auto pixels = static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height);
  if (samples > most_image_bytes / pixels)
    throw DataError(std::to_string(samples) + " images of " + std::to_string(image.width) + " × " +
                    std::to_string(image.height) + " pixels take more memory than the " +
                    std::to_string(most_image_bytes >> 30) +
                    " GiB allowed; expected fewer runs or a smaller image.width and image.height");
}

SampleSet list_samples(const std::filesystem::path& file, const ImageSettings& image) {
  if (is_images_file(file)) return list(ImagesFile::open(file), image);
  return list(Store::open(file, Store::Mode::read), image);
}

SampleSet load_samples(const std::filesystem::path& file, const ImageSettings& image, int threads,
                       const LoadMonitor& monitor) {
  if (is_images_file(file)) return load(ImagesFile::open(file), image, monitor);
  return load(Store::open(file, Store::Mode::read), image, threads, monitor);
}

}  // namespace bondscope::ml
