#pragma once

// Intervals about a method's answers that hold the truth as often as they say, from runs held back for it.

#include <cstddef>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "libml/data/targets.hpp"
#include "libml/predict/noise_level.hpp"

namespace bondscope::ml {

/// Answers of a method for runs that it has not learned from, and what was true.
struct Evidence {
  std::size_t targets = 0;              ///< per run
  std::vector<double> periods;          ///< by target; 0: none
  std::vector<double> answers, truths;  ///< [run][target]
  std::vector<double> electrons;        ///< [run]; 0: a density
  std::vector<double> distances;        ///< [run], to what was learned from (KnownRuns::Place)

  /// Number of runs.
  std::size_t size() const { return electrons.size(); }
  /// Answer - truth, of a target with a period the shorter way round.
  double error(std::size_t run, std::size_t target) const;
  /// Of one run.
  std::span<const double> answers_of(std::size_t run) const {
    return std::span(answers).subspan(run * targets, targets);
  }
  /// What intervals are asked with.
  struct Asked {
    std::span<const double> answers;  ///< of all targets
    double electrons = 0;             ///< 0: a density
    double distance = 1;              ///< to what was learned from
  };
  /// Of one run.
  Asked asked(std::size_t run) const { return {answers_of(run), electrons[run], distances[run]}; }
  /// These runs alone.
  Evidence of(std::span<const std::size_t> runs) const;
};

/// Throws DataError unless all sizes fit, all numbers are finite, and there are at least least_evidence runs.
void check(const Evidence& evidence);
inline constexpr std::size_t least_evidence = 10;  ///< runs that a calibration needs

/// A conformal calibration (V. Vovk, A. Gammerman, G. Shafer, Algorithmic Learning in a Random World, 2005).
///
/// Errors differ from place to place. What they typically are, the scale, is told by the k runs of the
/// evidence with the most similar answers f (in units of the answers' standard deviations, with as many
/// electrons), whose mean errors it takes in proportion to the distance d from what was learned from,
///
///   σ = d Σ_{j near f} |e_j| / Σ_{j near f} d_j,    k = √n, 8 to 40,
///
/// of a run of the evidence itself without it. With the scores s_i = |e_i|/σ_i, in order, the interval
///
///   f ± s_(⌈(n + 1) level⌉) σ
///
/// holds the truth of a further run of the same kind with a probability of at least `level` and at most level
/// + 1/(n + 1), whatever the method and the distribution of its errors, as far as all n + 1 runs are
/// exchangeable; that the scale of a new run may use all n runs, and of one of these n - 1, is the only
/// asymmetry. The coverage that one calibration has over many further runs is distributed as Beta(⌈(n + 1)
/// level⌉, n + 1 - ⌈(n + 1) level⌉).
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
  /// σ of a target's answer.
  double scale(const Asked& asked, std::size_t target) const;
  /// Half of the interval; none if the group has too few runs for this level.
  std::optional<double> half_width(const Asked& asked, std::size_t target, double level) const;
  /// What share of the answer's density lies below this truth, between 0 and 1: uniformly distributed if all
  /// is well (probability integral transform); mostly small if answers are too large.
  double transform(const Asked& asked, std::size_t target, double truth) const;
  /// (answer - truth)/σ of the runs of its group, increasing: the shape of the density of the truth.
  std::span<const double> signed_scores(const Asked& asked, std::size_t target) const;
  /// Number of runs of its group.
  std::size_t runs_behind(const Asked& asked, std::size_t target) const;
  /// Whether there were runs with as many electrons, or nearly (has_level()).
  bool knows(double electrons) const { return has_level(noises_, electrons); }

 private:
  /// Runs with an answer in a part of the range.
  struct Group {
    double upper = std::numeric_limits<double>::infinity();  ///< largest answer
    std::vector<double> scores, signed_scores;               ///< increasing
  };

  const Group& group_of(const Asked& asked, std::size_t target) const;
  double scale_among(const NoiseLevel& noise, const Asked& asked, std::size_t target,
                     std::size_t without) const;

  Evidence evidence_;
  std::vector<double> spread_;                           ///< of answers, by target
  std::vector<NoiseLevel> noises_;                       ///< by number of electrons
  std::vector<std::vector<std::vector<Group>>> groups_;  ///< [noise][target][part]
};

inline constexpr std::size_t runs_of_part = 400;       ///< that a part of the range has at least
inline constexpr std::size_t most_parts_of_range = 7;  ///< each with a promise of its own

}  // namespace bondscope::ml
