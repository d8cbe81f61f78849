#pragma once

// Do intervals hold the truth as often as they say? Counted on runs that they were not calibrated with.

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "libml/predict/conformal.hpp"

namespace bondscope::ml {

/// Of the intervals that answers are given.
inline constexpr std::array<double, 3> shown_levels{0.68, 0.9, 0.95};

/// How many of some runs had the truth in their intervals of one level.
struct Coverage {
  double level = 0;                  ///< that they promise
  std::size_t inside = 0, runs = 0;  ///< counted; runs without an interval of this level do not count
  /// Where 99 % of such counts, over runs, would lie if the promise held: binomial, with a probability that
  /// is itself distributed as calibrations of this size leave it (Beta, conformal.hpp).
  double low = 0, high = 1;
  double p_value = 1;   ///< of a count at least as far out, two-sided, under the same
  bool judged = false;  ///< whether there is a band: not where calibration and count are of the same runs

  /// Of `runs`.
  double share() const { return runs > 0 ? static_cast<double>(inside) / static_cast<double>(runs) : 0; }
};

/// Of one target and a part of the runs.
struct CoverageOfPart {
  std::string part;                                  ///< "all", "R 1 to 2 a.u.", "1e5 electrons"
  std::array<Coverage, shown_levels.size()> levels;  ///< by shown level
  double mean_width = 0;                             ///< of the intervals of 90 %
  double mean_absolute_error = 0;                    ///< of the answers
};

/// All of one target.
struct TargetCoverage {
  Target target;                      ///< what was answered
  std::vector<Coverage> curve;        ///< of all runs, at levels from 5 to 95 %
  std::vector<CoverageOfPart> parts;  ///< the first is all runs
  std::vector<double> transforms;     ///< ConformalIntervals::transform() of each run, increasing
};

/// A quantity by which runs are put into parts, seven of equal width.
struct Divider {
  std::string name, unit;      ///< for people
  std::vector<double> values;  ///< of each run
};
inline constexpr std::size_t parts_of_divider = 7;  ///< of equal width

/// A count of `inside` or fewer of `runs`, and of `inside` or more, where the probability of each is
/// distributed as Beta(a, b).
struct Tails {
  double lower = 1, upper = 1;  ///< probabilities
};
/// Both, at most runs + 1 terms each.
Tails beta_binomial_tails(std::size_t inside, std::size_t runs, double a, double b);

/// Counts the runs of `evidence` that `intervals` hold, none of which may be among what the intervals were
/// calibrated with, by targets, dividers and decades of electrons.
std::vector<TargetCoverage> coverage(const ConformalIntervals& intervals, const Evidence& evidence,
                                     const std::vector<Target>& targets,
                                     const std::vector<Divider>& dividers);

/// The same within one calibration: its runs in parts, each asked about with intervals that were calibrated
/// with the others. That all of them together come near the level is no evidence, since what one part lacks
/// the others have, so nothing is judged: what differs from place to place is what it shows. Throws what
/// check() throws.
std::vector<TargetCoverage> cross_coverage(const Evidence& evidence, const std::vector<Target>& targets,
                                           const std::vector<Divider>& dividers, std::uint64_t seed,
                                           std::size_t folds = 5);

/// The counts that are refuted at 1 %, all tests together (Bonferroni), in words, of those that are judged.
std::vector<std::string> refuted(const std::vector<TargetCoverage>& coverages);

}  // namespace bondscope::ml
