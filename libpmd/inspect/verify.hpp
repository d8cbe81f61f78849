#pragma once

// Is what a store holds intact, and does it look like physics?

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "libpmd/inspect/summary.hpp"
#include "libpmd/store/store.hpp"

namespace bondscope {

/// Something that verify() found.
struct Finding {
  /// Damage is an error; what does not look like physics, a warning.
  enum class Severity { error, warning };
  Severity severity = Severity::warning;  ///< how bad it is
  std::size_t run = 0;                    ///< row of the store
  std::string check;    ///< commit, checksum, reason, values, diagnostics, balance, noise, rim, constant,
                        ///< duplicate, outlier
  std::string message;  ///< what was found, in words
};

/// What verify() found, and in how many runs it looked.
struct VerifyReport {
  /// Rows: in all, compared with their checksums, failed, pending.
  std::size_t runs = 0, checked = 0, failed = 0, pending = 0;
  std::size_t errors = 0, warnings = 0;  ///< numbers of findings
  std::vector<Finding> findings;         ///< in the order of the runs
  Spread balance;                        ///< yield over absorbed norm
  Spread noise;                          ///< noise floor over largest value
  Spread rim;                            ///< largest value on the rim over the largest of all
  Spread off_trend;  ///< decades of yield off the trend, absolute; empty with fewer than 25 runs
};

/// Errors: a damaged commit record, a payload or the reason of a failure that does not match its checksum,
/// values that are negative, but for measured runs, or not finite. Warnings: all else. Reads every done run
/// once; `progress` gets runs looked at and runs to look at. A run that a farm is rewriting meanwhile is
/// passed over.
VerifyReport verify(const Store& store, const std::function<void(std::size_t, std::size_t)>& progress = {});

/// Does what a derived store was made from still exist, unchanged?
struct LinkReport {
  std::size_t links = 0;     ///< all of the derived store
  std::size_t followed = 0;  ///< into one of the given sources
  /// Runs that are not in the source, not done, or have another checksum: distribution, run and what.
  std::vector<std::string> broken;
};

/// Follows the links of `derived` into `sources`, which are told by the checksums of their descriptions; one
/// that grew, was merged or exported since then is taken for the only source of a derived store that has one.
/// Runs are told by their checksums, wherever they stand. Throws DataError if `derived` is not derived or a
/// source is none of its sources.
LinkReport follow_links(const Store& derived, const std::vector<std::filesystem::path>& sources);

}  // namespace bondscope
