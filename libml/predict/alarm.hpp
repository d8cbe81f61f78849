#pragma once

// Is this image one like those that were learned from?

#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include "libml/predict/known_runs.hpp"
#include "libml/predict/noise_level.hpp"

namespace bondscope::ml {

/// At this p-value or below an answer is not to be trusted; where a calibration has too few runs to give one,
/// at its smallest, 1/(n + 1).
inline constexpr double alarm_level = 0.01;

/// A conformal p-value of strangeness, from runs that were not learned from. With n of them, those with as
/// many electrons as the image as far as there are such, p_s = (1 + #{i: s_i ≥ s})/(n + 1) of each number s
/// of strangeness, and c the smallest of the p_s,
///
///   p = (1 + #{i: c_i ≤ c})/(n + 1),
///
/// which for an image like the runs is at most q with a probability of q: the false alarm rate, whatever the
/// numbers measure.
class Alarm {
 public:
  /// What an image came to.
  struct Verdict {
    double p_value = 1;         ///< as above
    bool raised = false;        ///< the answer is not to be trusted
    std::size_t strangest = 0;  ///< number of strangeness with the smallest p_s
    double excess = 0;          ///< of it, over the largest of the calibration
  };

  /// `electrons` of each run; 0: a density. At least one run.
  Alarm(std::vector<Strangeness> calibrated, const std::vector<double>& electrons);

  /// Of an image.
  Verdict operator()(const Strangeness& strangeness, double electrons) const;

 private:
  /// Runs with as many electrons.
  struct Level {
    std::array<std::vector<double>, Strangeness::names.size()> values;  ///< each increasing
    std::vector<double> combined;                                       ///< c_i, increasing
  };
  /// The smallest p_s.
  struct Smallest {
    double p_value = 1;
    std::size_t strangest = 0;
    double excess = 0;
  };
  static Smallest smallest(const Level& level, const Strangeness& strangeness, bool itself);

  std::vector<NoiseLevel> noise_;
  std::vector<Level> levels_;
};

}  // namespace bondscope::ml
