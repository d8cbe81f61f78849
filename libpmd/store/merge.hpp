#pragma once

// Joins the stores of a job array, or any stores of one configuration, into one that a farm can go on with.

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace bondscope {

/// Gets rows copied and rows to copy; false stops the work.
using RowMonitor = std::function<bool(std::size_t, std::size_t)>;

/// What a merged store holds, for a report.
struct MergeReport {
  std::size_t runs = 0, done = 0, failed = 0, pending = 0;  ///< rows, and how many in each state
  std::size_t repeated = 0;          ///< runs that several files had, with the same data
  bool complete = false;             ///< every run of the data set has its row
  std::vector<std::string> damaged;  ///< what was left pending because it is damaged: file, run and what
};

/// Makes a live store of all runs of the inputs, in the order of their numbers in the data set. Done runs are
/// copied if their checksums hold, else left pending; failed ones stay failed, with their reasons. A run that
/// is done in several inputs must be the same in all.
///
/// Throws DataError (different configurations, an input that was derived from other stores or is compact, the
/// same run with different parameters, marks or data, an input given twice, runs of the data set missing and
/// not `incomplete`), FileError (output exists, no room, not readable),
/// Interrupted. Nothing is left behind then.
MergeReport merge(const std::filesystem::path& output, const std::vector<std::filesystem::path>& inputs,
                  bool incomplete, const RowMonitor& monitor = {});

}  // namespace bondscope
