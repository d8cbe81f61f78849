#pragma once

// Two experiments, or a transfer and the training from scratch that belongs to it, on the same tests: how far
// their errors differ, run by run.

#include <cstddef>
#include <string>
#include <vector>

#include "libml/experiments/table.hpp"
#include "libpmd/base/statistics/quantile.hpp"

namespace bondscope::ml {

/// Of a mean absolute error.
struct Comparison {
  std::string experiment, with;   ///< names of the two; the same of a transfer and its training from scratch
  std::string quantity, unit;     ///< that was measured
  std::string quantity_of_other;  ///< the same, or "R from scratch"
  double difference = 0;  ///< experiment's minus the other's, mean over seeds and the runs that tested both
  ConfidenceInterval interval_95;             ///< of it, see Intervals
  std::size_t runs = 0;                       ///< that tested both
  std::size_t seeds = 0, seeds_of_other = 0;  ///< behind the two
};

/// Of every experiment that names others in `compare_with`, and of every transfer with its training from
/// scratch, where both have results on two common tests or more.
std::vector<Comparison> comparisons(const Reproduction& reproduction);

/// An experiment that was measured, and one that it cannot be compared with for want of a result.
struct MissingComparison {
  std::string experiment, with;  ///< names of the two
};
/// All of them; `compared` is what there is.
std::vector<MissingComparison> missing_comparisons(const Reproduction& reproduction,
                                                   const std::vector<Comparison>& compared);

}  // namespace bondscope::ml
