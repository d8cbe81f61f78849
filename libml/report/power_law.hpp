#pragma once

// How a test error falls with the number of training samples: y(N) = a N^b + c with a > 0, b < 0, c >= 0, as
// the transfer-learning curves of Shvetsov-Shilovski & Lein, Phys. Rev. A 107, 033106 (2023).

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "libpmd/base/statistics/quantile.hpp"

namespace bondscope::ml {

/// Error(N) = a N^b + c.
struct PowerLaw {
  double a = 0, b = 0, c = 0;  ///< a and c in the unit of the error

  /// The error at N.
  double operator()(double samples) const;
  /// Samples at which the error is `target`; none if it never falls so low (target <= c) or only beyond what
  /// a number can hold.
  std::optional<double> samples_for(double target) const;
};

/// One point to fit; `sd` is the standard deviation of `error`, 0 if it is not known.
struct ErrorPoint {
  double samples = 0, error = 0, sd = 0;  ///< N, the mean error there, and its standard deviation over seeds
};

/// Least squares. Without standard deviations all points weigh the same.
struct PowerLawFit {
  PowerLaw law;             ///< the best one
  double chi_squared = 0;   ///< sum of ((y - fit)/sd)^2; without sd of (y - fit)^2
  int freedom = 0;          ///< points minus free parameters
  bool c_at_zero = false;   ///< the best c would be negative: held at 0, its uncertainty is not known
  bool b_at_bound = false;  ///< b ran to an end of power_law_exponents: the points do not fix it
  /// Of (a, b, c), from the Jacobian: with standard deviations as they are, else scaled by chi^2/freedom.
  /// Rows and columns of held parameters are 0. None if freedom is 0.
  std::optional<std::array<std::array<double, 3>, 3>> covariance = {};

  /// Root of the diagonal: standard uncertainty of a, b, c.
  std::optional<std::array<double, 3>> uncertainty() const;
};

/// Where b is looked for.
struct ExponentRange {
  double lowest = -6, highest = -0.01;  ///< of b
};
inline constexpr ExponentRange power_law_exponents{};  ///< of learning curves

/// By variable projection: for every b the best a and c are known in closed form, b is searched for. Throws
/// DataError for fewer than three distinct N, for values that are not positive and finite, for standard
/// deviations that only some points have, and where the error does not fall with N.
PowerLawFit fit_power_law(std::span<const ErrorPoint> points);

/// What trainings with different seeds reached on as many samples.
struct ErrorsAtSize {
  double samples = 0;          ///< N
  std::vector<double> errors;  ///< one per seed, at least one
};

/// A fit to means over seeds and how it would change with other seeds.
struct LearningLaw {
  PowerLawFit fit;                       ///< with its uncertainties
  double smallest = 0, largest = 0;      ///< N that were measured
  double relative_scatter = 0;           ///< s.d. over seeds relative to the mean, pooled over all N
  std::size_t single_seed_sizes = 0;     ///< N with one seed only: the bootstrap takes them as exact
  std::vector<PowerLaw> resampled = {};  ///< bootstrap fits that exist; empty if every N has one seed only
  std::size_t resamples = 0;             ///< tried; in the others the error did not fall with N
  /// 95 % intervals (percentiles of `resampled`), none if that is empty.
  std::optional<ConfidenceInterval> a_95 = {}, b_95 = {}, c_95 = {};
};

/// Fits the means over seeds. Points weigh by the inverse square of their standard deviation, for which the
/// scatter over seeds relative to the mean is taken to be the same at every N: two or three seeds say too
/// little about their own. Without scatter all weigh the same. The bootstrap draws the seeds of every N with
/// replacement; if they are `shared`, and equally many everywhere, the same ones for every N, as the i-th
/// errors are those of one seed then. Deviations are widened by sqrt(n/(n-1)) because n drawn values scatter
/// less than the ones they stand for. Few seeds make intervals a little short: on invented data (7 N, 5 %
/// scatter) they held the truth 86 to 92 times in 100 with 3 seeds, 91 to 94 times with 10. Same input and
/// seed, same numbers. Throws what fit_power_law() throws, DataError also if an N is given twice or has no
/// errors.
LearningLaw fit_learning_law(std::span<const ErrorsAtSize> sizes, std::uint64_t seed, int resamples = 1000,
                             bool shared = false);

/// Training samples needed for an error.
struct SamplesNeeded {
  std::optional<double> samples;  ///< none: the fit never gets there
  /// 95 % interval over the bootstrap; an end is infinite where the fits do not get there. None without
  /// bootstrap.
  std::optional<ConfidenceInterval> interval_95 = {};
  double never_fraction = 0;  ///< of the bootstrap fits, those that never get there
  /// samples/largest measured N if that is above 1, smallest/samples if below the measured ones, else 1: how
  /// far the answer leaves what was measured.
  double extrapolation = 1;
};

/// Throws ConfigError if `target` is not positive and finite.
SamplesNeeded samples_needed(const LearningLaw& law, double target);

}  // namespace bondscope::ml
