#pragma once

// Averages over the focal volume where none was computed, from single runs.

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "libpmd/interpolation/interpolation.hpp"
#include "libpmd/model/focal.hpp"

namespace bondscope {

/// How averages between single runs are made.
struct FocalBetween {
  std::vector<const Store*> stores{};  ///< whose runs; none: averages are interpolated between averages
  int intensities = 0;                 ///< of each average; 0: as many as the computed ones have
};

/// The sums that averages over the focal volume are.
struct FocalSums {
  FocalRule rule = FocalRule::gauss;  ///< which intensities
  int intensities = 15;               ///< how many
  double lowest_w_cm2 = 0;            ///< lower cut; 0: not known
  double ladder_ratio = 0;            ///< of those that were computed; 0: no ladder
  bool sweeps = false;                ///< whether those that were computed take all runs at their R
};

/// An average is Σ weight · PMD(R, I) over the rule's intensities (model/focal.hpp), and each PMD(R, I) is
/// interpolated between runs. That is more exact than to interpolate between averages, of which there are
/// few: every average that was computed brings several runs, and runs of any other data set may join
/// (docs/interpolation.md). Below the intensities of the runs PMD/I⁶ is taken to be that of the lowest.
class FocalInterpolator {
 public:
  /// As `averages` were made, with their rule, number of intensities and lower cut: gauss and 15 if theirs
  /// was another rule, the lowest intensity of the runs if they were sweeps without a cut. Between the runs
  /// of `between`, but those for tests and those behind averages that are not among `known`, ascending
  /// rows of `averages`, nor runs at the same R and intensity as these, unless a known one has them, too. All
  /// stores must outlive this. Throws ConfigError if `averages` has no averages over the focal volume or a
  /// store of `between` has no single runs; DataError for runs of another molecule, phase or orientation than
  /// the averages', and as Interpolator.
  FocalInterpolator(const Store& averages, const std::vector<std::size_t>& known, const FocalBetween& between,
                    const InterpolationSettings& settings);

  /// How an average is made.
  struct Terms {
    /// One intensity's share.
    struct Node {
      InterpolationTerms terms;  ///< its distribution
      double weight = 0;         ///< with which it is added
    };
    PlanePoint point;         ///< R and the peak intensity
    std::vector<Node> nodes;  ///< by falling intensity
  };
  /// Nothing where the runs do not reach: the highest intensity is outside of their hull, or more than a
  /// hundredth of the electrons would come from below.
  std::optional<Terms> find(const PlanePoint& point) const;
  /// Throws DataError where the runs do not reach, ConfigError for Outside::clip.
  Terms terms(const PlanePoint& point, Outside outside = Outside::refuse) const;

  /// Parameters and links of a derived store's row, whose source number 0 is `averages`.
  DerivedRow derived_row(const Terms& terms, Use use) const;
  /// The average; absorbed likewise, the energy that of the highest intensity, and no time spent.
  DerivedDistribution derived_distribution(const Terms& terms);
  /// Rule, intensities and cut, for Derivation::method: a JSON object.
  std::string method() const;

 private:
  double yield(const InterpolationTerms& terms) const;

  FocalSums sums_;
  Interpolator interpolator_;
  std::vector<double> log_yields_;  ///< by row of all runs
};

}  // namespace bondscope
