#pragma once

// Makes the images file of a store.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <vector>

#include "libpmd/images/representation.hpp"
#include "libpmd/store/merge.hpp"

namespace bondscope {

/// How an images file is made.
struct ImagesSettings {
  /// At least one; the paper's if nothing is said.
  std::vector<Representation> representations{{"paper", {}}};
  int level = 9;                    ///< of the compression: 0 (none) to 9
  bool skip_damaged = false;        ///< leave damaged runs out instead of giving up
  int threads = 1;                  ///< that make and compress images
  std::vector<std::size_t> rows{};  ///< of the store, done and increasing; empty: all done runs
};

/// What became of the runs, for a report.
struct ImagesReport {
  std::size_t runs = 0, failed = 0, pending = 0;  ///< of the store, by state
  std::vector<std::uint64_t> damaged;             ///< numbers of the runs that were left out
};

/// Makes the images of all done runs, or those of the settings' rows, which keep their numbers; each run is
/// checked against its checksum. Rows lie in the file in their order, whatever the number of threads. Throws
/// ConfigError (settings that cannot be), DataError (a damaged run, a distribution that gives no image, no
/// done run), FileError, Interrupted. Nothing is left behind then.
ImagesReport write_images(const std::filesystem::path& store, const std::filesystem::path& output,
                          const ImagesSettings& settings = {}, const RowMonitor& monitor = {});

/// An images file of the present format with what one of any format has. Throws what ImagesFile::open()
/// throws, DataError (a damaged row), FileError, Interrupted. Nothing is left behind then.
void upgrade_images(const std::filesystem::path& file, const std::filesystem::path& output,
                    const RowMonitor& monitor = {});

}  // namespace bondscope
