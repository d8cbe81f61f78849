#pragma once

// Intervals about a method's answers that hold the truth as often as they say, from runs held back for it.

#include <cstddef>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "libml/data/targets.hpp"
#include "libml/predict/evidence.hpp"
#include "libml/predict/noise_level.hpp"
#include "libpmd/base/statistics/quantile.hpp"

namespace bondscope::ml {

/// δᵀ M⁻¹ δ ≤ 1 about a centre, of two targets.
struct Ellipse {
  double x = 0, y = 0;            ///< its centre
  double xx = 0, xy = 0, yy = 0;  ///< M
};

/// A conformal calibration (V. Vovk, A. Gammerman, G. Shafer, Algorithmic Learning in a Random World, 2005).
///
/// Errors differ from place to place. What they typically are, the scale, is told by the k runs of the
/// evidence with the most similar answers f (in units of the answers' standard deviations, with as many
/// electrons), whose mean errors it takes in proportion to the distance d from what was learned from,
///
///   σ = d Σ_{j near f} |e_j| / Σ_{j near f} d_j,    k = √n, 8 to 40,
///
/// of a run of the evidence itself without it and what else was seen of it. With the scores s_i = |e_i|/σ_i,
/// in order, the interval
///
///   f ± s_(⌈(n + 1) level⌉) σ
///
/// holds the truth of a further run of the same kind with a probability of at least `level` and at most level
/// + 1/(n + 1), whatever the method and the distribution of its errors, as far as all n + 1 runs are
/// exchangeable; that the scale of a new run may use all n runs, and of one of these n - 1, is the only
/// asymmetry. The coverage that one calibration has over many further runs is distributed as Beta(⌈(n + 1)
/// level⌉, n + 1 - ⌈(n + 1) level⌉). Where several detectors have seen the same runs, k and this n are of
/// different runs: what they have seen of one is no more evidence than one of them.
///
/// A method that knows of peaks (Peak) with covariances C_h and deficits D_h has the scale and the score
///
///   σ_h = max(σ, √(2 C_h/π)),    s_i = min_h √(2 D_h + (truth - f_h)²/σ_h²),
///
/// √(2 C/π) the mean size of a normal error, below which no error is usual; e_j in σ is about the peak from
/// which the truth of run j is least surprising. What is held is a union of intervals, f_h ± σ_h √(s² - 2
/// D_h) about the peaks with 2 D_h < s². With one peak and C = 0 it is the interval above. Of two targets
/// together the same with the vector of both errors and the matrix 2 C_h/π, its diagonal at least σ², gives
/// ellipses.
///
/// n counts the runs of a group: those with as many electrons (noise_levels()) and an answer in the same
/// part of the range (parts of at least runs_of_part runs): so the promise holds in each of them (Mondrian).
class ConformalIntervals {
 public:
  /// Throws what check() throws.
  explicit ConformalIntervals(Evidence evidence);

  /// What it was made of.
  const Evidence& evidence() const { return evidence_; }
  /// What intervals are asked with.
  using Asked = Evidence::Asked;
  /// σ_h of a target's answer, the first peak.
  double scale(const Asked& asked, std::size_t target) const;
  /// Half of the interval about the answer; none if the group has too few runs for this level.
  std::optional<double> half_width(const Asked& asked, std::size_t target, double level) const;
  /// All that is held: intervals that do not touch, increasing; none as above.
  std::optional<std::vector<ConfidenceInterval>> region(const Asked& asked, std::size_t target,
                                                        double level) const;
  /// Whether this truth is; none as above.
  std::optional<bool> holds(const Asked& asked, std::size_t target, double truth, double level) const;
  /// Of the first two targets together; empty if the method has no peaks or too few runs.
  std::vector<Ellipse> joint_region(const Asked& asked, double level) const;
  /// What share of the answer's density lies below this truth, between 0 and 1: uniformly distributed if all
  /// is well (probability integral transform); mostly small if answers are too large.
  double transform(const Asked& asked, std::size_t target, double truth) const;
  /// (f_h - truth)/σ_h of the runs of its group, h the peak of the score, increasing: the shape of the
  /// density of the truth.
  std::span<const double> signed_scores(const Asked& asked, std::size_t target) const;
  /// Values of which each is as probable as any other to be the truth, increasing: of each peak as many as it
  /// is probable by the method's own account.
  std::vector<double> draws(const Asked& asked, std::size_t target) const;
  /// Number of different runs of its group.
  std::size_t runs_behind(const Asked& asked, std::size_t target) const;
  /// Whether there were runs with as many electrons, or nearly (has_level()).
  bool knows(double electrons) const { return has_level(noises_, electrons); }

 private:
  /// Runs with an answer in a part of the range.
  struct Group {
    double upper = std::numeric_limits<double>::infinity();  ///< largest answer
    std::vector<double> scores, signed_scores;               ///< increasing
    std::vector<double> runs_up_to;                          ///< how many have such a score or a smaller one
    std::size_t runs = 0;                                    ///< different ones
  };

  /// A peak of one target.
  struct Place {
    double value = 0, scale = 1, deficit = 0;
  };

  const Group& group_of(const Asked& asked, std::size_t target) const;
  double usual_error(const NoiseLevel& noise, const Asked& asked, std::size_t target,
                     std::size_t without) const;
  std::vector<Place> places(const NoiseLevel& noise, const Asked& asked, std::size_t target,
                            std::size_t without) const;
  std::vector<Ellipse> joint_places(const NoiseLevel& noise, const Asked& asked, std::size_t without) const;
  std::optional<double> score_at(const Asked& asked, std::size_t target, double level) const;

  Evidence evidence_;
  std::vector<std::size_t> run_of_;                      ///< [row], of Evidence::runs
  std::vector<double> spread_;                           ///< of answers, by target
  std::vector<double> spread_of_outputs_;                ///< by output
  std::vector<NoiseLevel> noises_;                       ///< by number of electrons
  std::vector<std::size_t> runs_of_noise_;               ///< [noise], different ones
  std::vector<std::vector<std::vector<Group>>> groups_;  ///< [noise][target][part]
  std::vector<std::vector<double>> joint_scores_;        ///< [noise], increasing; empty: none
  std::vector<std::vector<double>> joint_runs_up_to_;    ///< [noise], as Group::runs_up_to
};

inline constexpr std::size_t runs_of_part = 400;       ///< that a part of the range has at least
inline constexpr std::size_t most_parts_of_range = 7;  ///< each with a promise of its own

}  // namespace bondscope::ml
