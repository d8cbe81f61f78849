#pragma once

// A store that gets more runs, and keeps those it has.

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "libpmd/store/lock.hpp"
#include "libpmd/store/merge.hpp"
#include "libpmd/store/store.hpp"

namespace bondscope {

/// What a store that grew has, for a report.
struct GrowReport {
  std::size_t before = 0, after = 0;  ///< rows
  std::size_t done = 0, failed = 0;   ///< rows that were kept
  std::vector<std::string> damaged;   ///< what was left pending because it is damaged: run and what
  std::vector<std::size_t> places;    ///< where each old row went
};

/// Whether the store's runs are all among those of `wanted`, in whatever rows, on the same axes, and
/// `wanted` has more. Configurations are not compared.
bool can_grow(const StoreDescription& stored, const StoreDescription& wanted);

/// Replaces the live store `file` by one with the rows of `wanted`, which holds what the old one held: it is
/// complete and on disk before it takes the old one's name, so that a kill at any moment leaves one of the
/// two, and both need room for a while. Permissions stay, and a symbolic link goes on leading to it. `lock`
/// is that of `file` and must be effective. Runs keep their data bit for bit; the old store's provenance goes
/// into the history. Throws DataError if can_grow() is false, FileError, Interrupted.
GrowReport grow(const std::filesystem::path& file, const StoreDescription& wanted, const StoreLock& lock,
                const RowMonitor& monitor = {});

/// Removes what a killed grow() has left beside the store.
void remove_half_grown(const std::filesystem::path& file);

}  // namespace bondscope
