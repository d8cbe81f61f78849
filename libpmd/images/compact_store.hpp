#pragma once

// The compact form of a store: what one mails instead of it.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <vector>

#include "libpmd/store/compact.hpp"
#include "libpmd/store/merge.hpp"

namespace bondscope {

/// How a compact store is made.
struct CompactSettings {
  /// Of a run's compressed distribution. What would be larger gets fewer levels, but at least 64, even if it
  /// is still larger then.
  std::size_t most_bytes = 39'000;
  bool skip_damaged = false;  ///< leave damaged runs out instead of giving up
  int threads = 1;            ///< that compress
};

/// What became of the runs, for a report.
struct CompactReport {
  std::size_t runs = 0;                  ///< runs written
  CompactError mean{}, largest{};        ///< of all runs
  std::vector<std::uint64_t> damaged{};  ///< numbers of the runs that were left out
  std::size_t too_large = 0;             ///< runs of more than CompactSettings::most_bytes
  std::size_t largest_bytes = 0;         ///< of a run's compressed distribution
};

/// A compact distribution and what it takes in the file.
struct SizedDistribution {
  CompactDistribution distribution;  ///< the bytes and their scale
  std::size_t bytes = 0;             ///< deflated
};

/// A distribution in a number of levels, 255 to 64, with which it takes at most `most_bytes`; in 64 if it
/// takes more with all of them. Throws what compact() throws.
SizedDistribution compact_to(std::span<const float> pmd, std::size_t ky_points, std::size_t most_bytes);

/// What is lost: grey_difference() at floor -5, and half the sum of the differences over the sum.
CompactError compact_error(std::span<const float> original, std::span<const float> restored,
                           std::size_t ky_points);

/// Writes the done runs of a store as one of kind compact: sealed, derived from it, with the runs' numbers,
/// diagnostics and roots, without what runs have beside their distributions (row_arrays.hpp). The error of
/// each run is measured and kept in the file. Throws DataError (a damaged run, no done run, a distribution
/// that is zero everywhere, a store that is compact already), FileError, Interrupted. Nothing is left behind
/// then.
CompactReport export_compact(const std::filesystem::path& store, const std::filesystem::path& output,
                             const CompactSettings& settings = {}, const RowMonitor& monitor = {});

}  // namespace bondscope
