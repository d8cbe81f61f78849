#pragma once

// What is in a store, how far it is, what it cost, and what failed.

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "libpmd/store/store.hpp"

namespace bondscope {

/// Smallest, middle and largest of some values; count 0 where there are none.
struct Spread {
  std::size_t count = 0;                ///< how many values
  double min = 0, median = 0, max = 0;  ///< of the values
};
/// Of these values.
Spread spread_of(const std::vector<double>& values);

/// The values of a parameter in a store.
struct ParameterSpread {
  Parameter parameter;  ///< which one
  Spread spread;        ///< of its values
};

/// Of all parameters that runs have, in these rows, as far as they are known.
std::vector<ParameterSpread> spreads_of(const StoreDescription& description,
                                        std::span<const std::size_t> rows);
/// Runs by molecule.
std::map<std::string, std::size_t> molecules_of(std::span<const RunParameters> runs);

/// What a store holds, in numbers.
struct StoreSummary {
  std::size_t runs = 0, done = 0, failed = 0, pending = 0;  ///< rows, and how many in each state
  std::vector<std::size_t> failed_runs;                     ///< their rows
  std::map<std::string, std::size_t> failed_by_kind;        ///< by the names of FailureKind
  std::vector<std::size_t> damaged_records;  ///< commit records that read as pending because they are damaged
  std::size_t retried = 0;                   ///< runs that needed more than one attempt
  std::uint64_t attempts = 0;                ///< of all runs together
  std::map<std::string, std::size_t> molecules;  ///< runs by molecule, done or not
  /// Over the done runs; over all while none is done.
  std::vector<ParameterSpread> parameters;
  Spread yield;                     ///< of the done runs
  Spread wall_seconds;              ///< of the done runs
  double total_wall_seconds = 0;    ///< of the done runs
  std::uint64_t file_bytes = 0;     ///< length of the file
  std::uint64_t disk_bytes = 0;     ///< what it occupies on disk
  std::uint64_t nominal_bytes = 0;  ///< what it will occupy when complete
};

/// Reads commit records and diagnostics, no distribution: quick, and works on a store that a farm is writing.
StoreSummary summarise(const Store& store);

/// A failed run, for a list.
struct FailedRun {
  std::size_t run = 0;                    ///< its row
  FailureKind kind = FailureKind::other;  ///< what went wrong
  std::uint32_t attempts = 0;             ///< that have ended
  std::string reason;                     ///< empty if it is damaged
};

/// Pending, and running now or its process died under it.
struct BegunRun {
  std::size_t run = 0;      ///< its row
  std::uint32_t begun = 0;  ///< times without an end being known
};

/// Which runs of a store failed and why, and which were begun and never ended.
struct FailureList {
  std::vector<FailedRun> failed;  ///< in the order of rows
  std::vector<BegunRun> begun;    ///< in the order of rows
};

/// Reads all records. Throws as Store::record()
FailureList list_failures(const Store& store);

}  // namespace bondscope
