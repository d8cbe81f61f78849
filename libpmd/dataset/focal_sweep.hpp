#pragma once

// Which runs a data set needs for momentum distributions averaged over the focal volume.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "libpmd/base/config/config.hpp"
#include "libpmd/dataset/run_set.hpp"
#include "libpmd/model/focal.hpp"

namespace bondscope {

/// The section `focal` of a data set.
///
///   points: 100               # averages, drawn at random; or a list of {R, intensity_w_cm2, …}
///   peaks_per_R: 1            # so many points in a row differ in the peak only; not for a list
///   lowest_w_cm2: 2e13        # lower cut: what lies below contributes nothing
///   intensities: 10           # runs of each point, at intensities of its own: focal_nodes()
///   rule: gauss               # how these are chosen: gauss, cosh or trapezoid
///   ladder_ratio: 1.15        # instead of both: one ladder of intensities for all peaks: focal_ladder()
///
/// and as for plain runs the molecule and all parameters (intensity_w_cm2 is the peak I0); those not given
/// are the data set's. Own intensities are the cheapest for one peak at each R; the ladder is for several,
/// which then share the runs below them.
struct FocalSweep {
  RunSet points;                      ///< parameters of the averages; the intensity is the peak I0
  std::uint64_t peaks_per_R = 1;      ///< so many points in a row share all but I0
  double lowest_w_cm2 = 2e13;         ///< lower cut of the integral, W/cm²
  int intensities = 10;               ///< if ladder_ratio = 0
  FocalRule rule = FocalRule::gauss;  ///< likewise
  double ladder_ratio = 0;            ///< 0: no ladder

  /// Throws ConfigError.
  static FocalSweep from_config(const Config& section, const Config& dataset, const RunKeys& keys);
  /// Emits the mapping, readable by from_config().
  void emit(YAML::Emitter& out) const;

  /// Number of averages.
  std::size_t size() const { return bondscope::size(points); }
  /// Point number `index`, whose intensity_w_cm2 is I0. Depends on seed, ranges and index only.
  RunParameters point(std::uint64_t seed, std::size_t index) const;
  /// Intensities in W/cm² and weights for one peak, in descending order.
  std::vector<FocalNode> nodes(double peak) const;

  /// Whether all members are equal.
  bool operator==(const FocalSweep&) const = default;
};

/// One averaged distribution: Σ weight · PMD(run), as focal.hpp defines it.
struct FocalAverage {
  /// A run's share of an average.
  struct Term {
    std::size_t run = 0;  ///< row of the data set's runs
    double weight = 0;    ///< what its distribution is multiplied by

    /// Whether all members are equal.
    bool operator==(const Term&) const = default;
  };
  RunParameters point;      ///< intensity_w_cm2 is the peak I0
  double lowest_w_cm2 = 0;  ///< lower cut of the integral
  std::vector<Term> terms;  ///< by falling intensity

  /// Whether all members are equal.
  bool operator==(const FocalAverage&) const = default;
};

/// Plain runs followed by those that the points need beside them, point by point.
struct RunsAndAverages {
  std::vector<RunParameters> runs;     ///< each once, in the order of the averages that need them
  std::vector<FocalAverage> averages;  ///< in the order of the points
};

/// A run that several points or a plain run and a point need is in the list once (plain runs are kept as they
/// are, also if two are equal). Throws ConfigError if these are more than 10 million runs.
RunsAndAverages with_focal_runs(std::vector<RunParameters> plain, const FocalSweep& sweep,
                                std::uint64_t seed);

}  // namespace bondscope
