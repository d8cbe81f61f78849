#pragma once

// How long runs take: pairs of expected cost and true seconds, measured or drawn.

#include <cstdint>
#include <filesystem>
#include <random>
#include <vector>

namespace bondscope::tdse::scaling {

struct RunTime {
  double cost = 0;     ///< expected, in any unit: what the farm sorts by
  double seconds = 0;  ///< true
};

/// The runs done in a farm, from its journal (JSON lines with `assign` and `done`) or its store (file name
/// ending in .h5; costs from the configuration it carries). Throws FileError, and DataError for files without
/// a single run done or with times that are not positive.
std::vector<RunTime> read_run_times(const std::filesystem::path& journal_or_store);

/// Not measured: lognormal of mean `mean` seconds, `sigma` the standard deviation of log(seconds), and `rho`
/// the correlation of log(cost) with log(seconds).
struct Lognormal {
  double mean = 1, sigma = 0, rho = 1;
};
std::vector<RunTime> draw(const Lognormal& times, std::size_t runs, std::mt19937_64& random);

/// Draws with replacement; cost and seconds stay together.
std::vector<RunTime> draw(const std::vector<RunTime>& sample, std::size_t runs, std::mt19937_64& random);

struct RunTimeSummary {
  double mean = 0, shortest = 0, longest = 0;
  double deviation = 0;    ///< standard deviation over the mean
  double correlation = 0;  ///< of log(cost) and log(seconds); 0 where one of them is constant
};
RunTimeSummary summarise(const std::vector<RunTime>& times);

}  // namespace bondscope::tdse::scaling
