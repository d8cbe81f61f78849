#pragma once

// Small pictures of all runs of a store, packed for a page that is one file.

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "libpmd/images/image_settings.hpp"
#include "libpmd/store/store.hpp"

namespace bondscope {

/// How much room thumbnails may take.
struct ThumbnailSettings {
  /// Of all packed pictures together, roughly: their size follows from it. If even small ones take more, only
  /// every second, third … run gets one.
  std::size_t most_bytes = std::size_t{20} << 20;
};

/// Pictures as make_image() makes them, in bytes: W = log10(PMD/max) from the floor (0) to 0 (255), all of
/// the same window and size.
struct Thumbnails {
  /// Window and size of all.
  ImageSettings image;
  std::size_t every = 1;  ///< of the done runs, from the first on, each so many-th has a picture
  /// Of each row: base64 of deflated (zlib) differences along kx, modulo 256, [kx][ky]; empty: no picture.
  std::vector<std::string> packed;
  std::vector<std::string> faults;  ///< of each row: why a done run that should have a picture has none
  /// Of all packed pictures.
  std::size_t bytes() const;
};

/// Called with the runs done and all; what it throws ends the work. False: stop.
using ThumbnailMonitor = std::function<bool(std::size_t, std::size_t)>;

/// Size and window are chosen by a sample of the runs: the window shows what any of these reaches above the
/// floor. A run that is damaged or makes no picture gets a fault. Throws Interrupted if the monitor says
/// stop.
Thumbnails make_thumbnails(const Store& store, const ThumbnailSettings& settings = {},
                           const ThumbnailMonitor& monitor = {});

}  // namespace bondscope
