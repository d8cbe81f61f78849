#pragma once

// Stores of earlier formats, written again in the one of today.

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "libpmd/store/merge.hpp"

namespace bondscope {

/// What became of the rows, for a report.
struct UpgradeReport {
  std::size_t runs = 0, done = 0, failed = 0;  ///< rows, and how many are done or failed
  std::vector<std::string> damaged;            ///< what was left pending because it is damaged: run and what
};

/// Writes the store again: a live one becomes a live one, a sealed one a sealed one. Everything that it says
/// stays: description and history, done runs with their payload checksums, so that links of derived stores
/// hold, failed ones with their reasons. Throws DataError (not of an earlier format), FileError (output
/// exists, no room, …), Interrupted. Nothing is left behind then.
UpgradeReport upgrade(const std::filesystem::path& file, const std::filesystem::path& output,
                      const RowMonitor& monitor = {});

}  // namespace bondscope
