#pragma once

// Averages over the focal volume where none was computed, from single runs.

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

/// An average is Σ weight · PMD(R, I) over the rule's intensities (model/focal.hpp), and each PMD(R, I) is
/// interpolated between runs. That is more exact than to interpolate between averages, of which there are
/// few: every average that was computed brings several runs, and runs of any other data set may join
/// (docs/interpolation.md). Below the intensities of the runs PMD/I⁶ is taken to be that of the lowest.
class FocalInterpolator {
 public:
  /// As `averages` were made, with their rule and lower cut: gauss and 15 intensities if theirs were a ladder
  /// or sweeps. Between the runs for training of `between`, but those behind the rows `without` of
  /// `averages`. All stores must outlive this. Throws ConfigError if `averages` has no focal averages,
  /// DataError as Interpolator.
  FocalInterpolator(const Store& averages, const std::vector<std::size_t>& without,
                    const FocalBetween& between, const InterpolationSettings& settings);

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
  /// Nothing where the runs do not reach: the peak is outside of their hull, or more than a hundredth of the
  /// electrons would come from below.
  std::optional<Terms> find(const PlanePoint& point) const;
  /// Throws DataError where the runs do not reach.
  Terms terms(const PlanePoint& point, Outside outside = Outside::refuse) const;

  /// Parameters and links of a derived store's row, whose source number 0 is `averages`.
  DerivedRow derived_row(const Terms& terms, Use use) const;
  /// The average; absorbed likewise, the energy that of the highest intensity, and no time spent.
  DerivedDistribution derived_distribution(const Terms& terms);
  /// Rule, intensities and cut, for Derivation::method: a JSON object.
  std::string method() const;

 private:
  double yield(const InterpolationTerms& terms) const;

  FocalRule rule_ = FocalRule::gauss;
  int intensities_ = 15;
  double lowest_w_cm2_ = 0;
  Interpolator interpolator_;
  std::vector<double> log_yields_;  ///< by row of all runs
};

}  // namespace bondscope
