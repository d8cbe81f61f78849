#pragma once

// The finished runs of a store as the network's images, in memory.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "libml/data/setting.hpp"
#include "libtdse/derive/image.hpp"
#include "libtdse/model/run_parameters.hpp"

namespace ml {

struct Sample {
  std::size_t run = 0;  ///< row of the store
  tdse::RunParameters parameters;
  tdse::Extent extent;         ///< of the crop, a.u.
  std::uint64_t checksum = 0;  ///< payload checksum of the run in the store
};

/// Where samples come from and what was left out on the way.
struct Source {
  std::string store;            ///< file as named by the user
  std::string dataset, preset;  ///< names from the store
  std::string code_version;     ///< of the farm that made the store
  Setting setting;
  std::size_t runs = 0, pending = 0, failed = 0;
  std::size_t repeated = 0;  ///< done runs with exactly the parameters of an earlier one: left out
};

/// Images [sample][kx][ky], row-major in one piece, grey levels 0…255.
struct SampleSet {
  tdse::ImageSettings image;
  Source source;
  std::vector<Sample> samples;
  std::vector<float> pixels;

  std::size_t size() const { return samples.size(); }
  std::size_t pixels_per_image() const {
    return static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height);
  }
  std::span<const float> image_of(std::size_t sample) const {
    return std::span(pixels).subspan(sample * pixels_per_image(), pixels_per_image());
  }
};

/// The largest images that are learned from: eight times the pixels of the paper's.
inline constexpr int most_pixels_per_side = 1024;
inline constexpr int most_pixels_per_image = 1 << 18;
/// Of all images together.
inline constexpr std::size_t most_image_bytes = std::size_t{64} << 30;

/// Throws tdse::ConfigError if one image exceeds these limits, tdse::DataError if `samples` of them do.
void check_size(const tdse::ImageSettings& image, std::size_t samples);

/// What load_samples() would read, without the images and their extents: only parameters and commit records
/// are looked at. Throws what Store::open() throws, and tdse::DataError if no run is done.
SampleSet list_samples(const std::filesystem::path& store, const tdse::ImageSettings& image);

/// Called after every image with the number of images made and of all to make, from one thread at a time.
/// What it throws ends the loading.
using LoadMonitor = std::function<void(std::size_t made, std::size_t all)>;

/// Reads every done run of a store and makes its image, on `threads` threads. Runs that repeat the parameters
/// of an earlier run are left out: one of the two could be trained on while the other tests. Throws what
/// Store::open() and check_size() throw, and tdse::DataError if no run is done, or if a run is damaged (its
/// checksum does not hold), not finite, or without signal; and what `monitor` throws.
SampleSet load_samples(const std::filesystem::path& store, const tdse::ImageSettings& image, int threads,
                       const LoadMonitor& monitor = {});

}  // namespace ml
