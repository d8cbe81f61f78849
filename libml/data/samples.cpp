#include "libml/data/samples.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <exception>
#include <mutex>
#include <set>
#include <thread>
#include <tuple>
#include <utility>

#include "libtdse/base/error.hpp"
#include "libtdse/store/store.hpp"

namespace ml {
namespace {

auto key(const tdse::RunParameters& p) {
  return std::tie(p.molecule, p.R, p.intensity_w_cm2, p.cep, p.angle);
}

std::string counts(const Source& source) {
  return std::to_string(source.runs) + " runs, " + std::to_string(source.pending) + " pending, " +
         std::to_string(source.failed) + " failed";
}

SampleSet list(const tdse::Store& store, const tdse::ImageSettings& image) {
  SampleSet set;
  set.image = image;
  const auto& description = store.description();
  set.source = {.store = store.path().string(),
                .dataset = description.dataset,
                .preset = description.preset,
                .code_version = description.code_version,
                .setting = read_setting(description.configuration, store.path().string()),
                .runs = store.size()};
  const auto less = [](const tdse::RunParameters& a, const tdse::RunParameters& b) {
    return key(a) < key(b);
  };
  std::set<tdse::RunParameters, decltype(less)> seen(less);
  const auto commits = store.commits();
  for (std::size_t run = 0; run < commits.size(); ++run) {
    if (commits[run].state == tdse::RunState::failed) ++set.source.failed;
    if (commits[run].state == tdse::RunState::pending) ++set.source.pending;
    if (commits[run].state != tdse::RunState::done) continue;
    const auto& parameters = description.runs[run];
    for (const double value : {parameters.R, parameters.intensity_w_cm2, parameters.cep, parameters.angle})
      if (!std::isfinite(value))
        throw tdse::DataError(store.path().string() + ": run " + std::to_string(run) +
                              ": a parameter is not finite");
    if (seen.insert(parameters).second)
      set.samples.push_back(
          {.run = run, .parameters = parameters, .extent = {}, .checksum = commits[run].payload_checksum});
    else
      ++set.source.repeated;
  }
  if (set.samples.empty())
    throw tdse::DataError(store.path().string() + ": no run is done (" + counts(set.source) +
                          "): nothing to learn from");
  return set;
}

}  // namespace

void check_size(const tdse::ImageSettings& image, std::size_t samples) {
  for (const auto& [key, size] :
       {std::pair{"image.width", image.width}, std::pair{"image.height", image.height}})
    if (size < 1 || size > most_pixels_per_side)
      throw tdse::ConfigError(std::string(key) + ": " + std::to_string(size) +
                              " is out of range; expected 1 to " + std::to_string(most_pixels_per_side));
  const int pixels = image.width * image.height;
  if (pixels > most_pixels_per_image)
    throw tdse::ConfigError("image.width × image.height: " + std::to_string(image.width) + " × " +
                            std::to_string(image.height) + " pixels are too many; expected at most " +
                            std::to_string(most_pixels_per_image));
  if (samples > most_image_bytes / sizeof(float) / static_cast<std::size_t>(pixels))
    throw tdse::DataError(std::to_string(samples) + " images of " + std::to_string(image.width) + " × " +
                          std::to_string(image.height) + " pixels take more memory than the " +
                          std::to_string(most_image_bytes >> 30) +
                          " GiB allowed; expected fewer runs or a smaller image.width and image.height");
}

SampleSet list_samples(const std::filesystem::path& store, const tdse::ImageSettings& image) {
  return list(tdse::Store::open(store, tdse::Store::Mode::read), image);
}

SampleSet load_samples(const std::filesystem::path& file, const tdse::ImageSettings& image, int threads,
                       const LoadMonitor& monitor) {
  const auto store = tdse::Store::open(file, tdse::Store::Mode::read);
  const auto& description = store.description();
  SampleSet set = list(store, image);
  check_size(image, set.size());
  set.pixels.resize(set.size() * set.pixels_per_image());

  std::mutex reading;  // HDF5 serves one thread at a time; the images are made in parallel
  std::size_t next = 0, made = 0;
  std::exception_ptr error;
  const auto work = [&] {
    for (;;) {
      std::size_t i = 0;
      std::vector<float> pmd;
      try {
        {
          const std::lock_guard lock(reading);
          if (error || next == set.size()) return;
          i = next++;
          if (!store.payload_intact(set.samples[i].run))
            throw tdse::DataError("damaged, its checksum does not hold; see pmd_store verify");
          pmd = store.pmd(set.samples[i].run);
        }
        const auto made_image = tdse::make_image(pmd, description.kx, description.ky, image);
        set.samples[i].extent = made_image.extent;
        std::copy(made_image.pixels.begin(), made_image.pixels.end(),
                  set.pixels.begin() + static_cast<std::ptrdiff_t>(i * set.pixels_per_image()));
        const std::lock_guard lock(reading);
        ++made;
        try {
          if (monitor) monitor(made, set.size());
        } catch (...) {  // not an error of this run
          if (!error) error = std::current_exception();
          return;
        }
      } catch (const std::exception& e) {
        const std::lock_guard lock(reading);
        if (!error)
          error = std::make_exception_ptr(tdse::DataError(
              file.string() + ": run " + std::to_string(set.samples[i].run) + ": " + e.what()));
        return;
      }
    }
  };
  {
    std::vector<std::jthread> helpers;
    for (int t = 1; t < threads; ++t)
      helpers.emplace_back(work);
    work();
  }
  if (error) std::rethrow_exception(error);
  return set;
}

}  // namespace ml
