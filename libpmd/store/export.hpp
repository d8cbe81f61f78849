#pragma once

// A sealed copy of a store, for sharing and for machines that train: compressed, and nothing changes it any
// more.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <vector>

#include "libpmd/store/merge.hpp"

namespace bondscope {

/// How a copy is made.
struct ExportSettings {
  int level = 4;              ///< of the compression: 0 (none) to 9
  bool all = false;           ///< also pending and failed runs, without data
  bool skip_damaged = false;  ///< leave damaged runs out instead of giving up
};

/// What became of the rows, for a report.
struct ExportReport {
  std::size_t runs = 0, done = 0;      ///< rows of the copy, and those of them that are done
  std::vector<std::uint64_t> damaged;  ///< numbers of the runs that were left out
};

/// Copies the done runs, which keep their numbers; each is checked against its checksum. Throws DataError (a
/// damaged run, no done run, a compact store, whose error a copy without loss has no place for), FileError,
/// Interrupted. Nothing is left behind then.
ExportReport export_sealed(const std::filesystem::path& store, const std::filesystem::path& output,
                           const ExportSettings& settings = {}, const RowMonitor& monitor = {});

}  // namespace bondscope
