#pragma once

// The finished runs of a store, or the rows of an images file, as the network's images in memory.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "libml/data/setting.hpp"
#include "libpmd/images/image.hpp"
#include "libpmd/model/parameter.hpp"
#include "libpmd/store/description.hpp"

namespace bondscope::ml {

/// What is known of an image beside its pixels.
struct Sample {
  std::size_t run = 0;       ///< row of the file
  std::uint64_t number = 0;  ///< of the run in its whole data set, the same in every file that has it
  RunParameters parameters;  ///< of the run
  std::vector<std::string> unknown{};  ///< names of those that are not known and read 0
  bool measured = false;               ///< and not computed
  Use use = Use::any;                  ///< what the run may be used for
  bool added = false;                  ///< of another data set, only to learn from: joined.hpp
  Extent extent;                       ///< of the crop, a.u.
  double electrons = 0;                ///< that it was counted with (counted_electrons.hpp); 0: a density
  double yield = 0;                    ///< ∫ PMD d²k, as the file's diagnostics have it
  std::uint64_t checksum = 0;          ///< payload checksum of the run in the store
  /// Payload checksums of the computed runs behind it: its own, or of a derived distribution those that it
  /// was made from. Samples that have one in common must not be parted into training and tests.
  std::vector<std::uint64_t> roots{};
};

/// Where samples come from and what was left out on the way.
struct Source {
  std::string kind = "store";                     ///< or "images file"
  std::string store;                              ///< file as named by the user
  std::string dataset, preset;                    ///< names from the file
  std::string code_version;                       ///< of the farm that made the store
  Setting setting;                                ///< of all images
  std::string configuration{};                    ///< of the store, resolved
  std::vector<Parameter> declared{};              ///< by the data set, beside common_parameters()
  std::size_t runs = 0, pending = 0, failed = 0;  ///< runs of the file, and those that were not done
  std::size_t repeated = 0;  ///< done runs with exactly the parameters of an earlier one: left out
};

/// Images [sample][kx][ky], row-major in one piece, as keep() makes them: the same from a store and from an
/// images file of it.
struct SampleSet {
  ImageSettings image;               ///< what the images show
  Source source;                     ///< where they come from
  std::vector<Sample> samples;       ///< one for each image
  std::vector<std::uint8_t> pixels;  ///< if image.values is bytes
  std::vector<float> floats;         ///< if it is floats

  /// Whether pixels are floats.
  bool has_floats() const { return image.values == PixelValues::floats; }
  /// Number of images.
  std::size_t size() const { return samples.size(); }
  /// Width × height.
  std::size_t pixels_per_image() const {
    return static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height);
  }
  /// Grey levels. Throws ConfigError if there are floats instead, which not everything can work with.
  std::span<const std::uint8_t> image_of(std::size_t sample) const {
    if (has_floats()) refuse_floats();
    return std::span(pixels).subspan(sample * pixels_per_image(), pixels_per_image());
  }
  /// Of images of floats.
  std::span<const float> floats_of(std::size_t sample) const {
    return std::span(floats).subspan(sample * pixels_per_image(), pixels_per_image());
  }

 private:
  [[noreturn]] void refuse_floats() const;
};
/// Of all images together. The network's inputs are made of them and take four times as much.
inline constexpr std::size_t most_image_bytes = std::size_t{16} << 30;

/// Throws ConfigError if one image exceeds these limits, DataError if `samples` of them do.
void check_size(const ImageSettings& image, std::size_t samples);

/// Throws DataError for a position that is not in the set.
void check_positions(const SampleSet& samples, std::span<const std::size_t> positions);

/// Throws DataError unless the parameter is known of each of these samples: what is not cannot be learned or
/// tested.
void expect_known(const SampleSet& samples, std::span<const std::size_t> positions,
                  const Parameter& parameter);

/// What to read of a file.
struct SampleChoice {
  std::vector<std::size_t> rows{};  ///< of the file, increasing; empty: all that are done
  /// Whether runs that repeat the parameters of an earlier one are read, too: they must not be parted into
  /// training and tests.
  bool repeats = false;
};

/// What load_samples() would read, without the images and their extents: only parameters and commit records
/// are looked at. Throws what it throws.
SampleSet list_samples(const std::filesystem::path& file, const ImageSettings& image,
                       const SampleChoice& choice = {});

/// Called after every image with the number of images made and of all to make, from one thread at a time.
/// What it throws ends the loading.
using LoadMonitor = std::function<void(std::size_t made, std::size_t all)>;

/// Reads every done run of a store and makes its image, on `threads` threads, or reads the rows of an images
/// file; what the file is, its attribute format says. Runs that repeat the parameters of an earlier run, all
/// of them known, are left out: one of the two could be trained on while the other tests. Throws what
/// Store::open(), ImagesFile::open() and check_size() throw; ConfigError if an images file has other images
/// than `image`; DataError if no run is done, or if a run is damaged (its checksum does not hold), not
/// finite, or without signal, or a chosen row is none that is done; and what `monitor` throws.
SampleSet load_samples(const std::filesystem::path& file, const ImageSettings& image, int threads,
                       const LoadMonitor& monitor = {}, const SampleChoice& choice = {});

}  // namespace bondscope::ml
