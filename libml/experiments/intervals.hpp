#pragma once

// How far means of errors are from those of all seeds and all runs that there could be.

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "libml/experiments/results.hpp"
#include "libpmd/base/statistics/quantile.hpp"

namespace bondscope::ml {

/// Absolute errors [seed][run], of the same runs for every seed.
using ErrorTable = std::vector<std::vector<double>>;

/// Errors of an experiment's quantity, of one seed after the other; none where a result has none.
std::vector<std::map<std::uint64_t, double>> errors_of(const std::vector<Result>& results,
                                                       const std::string& experiment,
                                                       const std::string& quantity);
/// Those of the runs that tested with every seed of both, in the order of the runs.
std::pair<ErrorTable, ErrorTable> on_common_runs(
    const std::vector<std::map<std::uint64_t, double>>& own,
    const std::vector<std::map<std::uint64_t, double>>& other = {});

/// 95 % intervals by a bootstrap that draws runs, the same for all seeds, and where there are several the
/// seeds of each experiment. Deviations of drawn seeds are widened by sqrt(n/(n-1)), as in power_law.hpp. It
/// remembers what it was asked, so that tables can be written often.
class Intervals {
 public:
  /// Of the mean over seeds and runs; at least one of both.
  ConfidenceInterval of_mean(const ErrorTable& errors);
  /// Of the mean of `own` minus that of `other`, on the same runs.
  ConfidenceInterval of_difference(const ErrorTable& own, const ErrorTable& other);

 private:
  std::map<std::string, ConfidenceInterval> known_;  ///< by a hash of what was asked
};

}  // namespace bondscope::ml
