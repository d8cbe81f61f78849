#pragma once

// Is this image one like those that were learned from?

#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include "libml/data/method.hpp"
#include "libml/predict/known_runs.hpp"
#include "libml/predict/noise_level.hpp"
#include "libpmd/model/run_parameters.hpp"

namespace bondscope::ml {

/// At this p-value or below an answer is not to be trusted; where a calibration has too few runs to give one,
/// at its smallest, 1/(n + 1).
inline constexpr double alarm_level = 0.01;

/// With the misfit of a method's answer, if it tells of peaks.
Strangeness with_misfit(Strangeness strangeness, std::span<const Peak> peaks);

/// A conformal p-value of strangeness, from n runs that were not learned from: those with as many electrons
/// as the image, as far as there are such. Of each number s of strangeness, each of the n + 1 has the rank
/// #{j: s_j ≥ s_i} among all n + 1, itself included; c_i is the smallest of its ranks. With c that of the
/// image,
///
///   p = (1 + #{i: run i is as strange})/(n + 1),
///
/// which for an image like the runs is at most q with a probability of q: the false alarm rate, whatever the
/// numbers measure. What is 0 of all runs was not asked of them, and is not of the image. Where several
/// detectors have seen the same runs, n counts runs, and each row of one is that part of it: then the rate
/// holds for all detectors together, and is larger for the coarser of them.
class Alarm {
 public:
  /// What an image came to.
  struct Verdict {
    double p_value = 1;         ///< as above
    bool raised = false;        ///< the answer is not to be trusted
    std::size_t strangest = 0;  ///< number of strangeness with the smallest rank
    double excess = 0;          ///< it, over the median of the calibration
  };

  /// `electrons` of each row; 0: a density. `runs` as Evidence::runs. At least one row.
  Alarm(std::vector<Strangeness> calibrated, const std::vector<double>& electrons,
        const std::vector<RunParameters>& runs = {});

  /// Of an image.
  Verdict operator()(const Strangeness& strangeness, double electrons) const;

 private:
  using Numbers = std::array<double, Strangeness::names.size()>;
  using Ranks = std::array<std::size_t, Strangeness::names.size()>;
  /// Runs with as many electrons.
  struct Level {
    std::vector<Strangeness> runs;
    std::vector<Ranks> ranks;   ///< of each, among these runs
    std::vector<double> parts;  ///< of a run that each is
    double different = 0;       ///< runs
    Numbers medians{};
    std::array<bool, Strangeness::names.size()> asked{};
  };
  /// The number with the smallest rank.
  struct Extreme {
    std::size_t rank = 0, number = 0;
    double excess = 0;
    bool as_strange_as(const Extreme& other) const {
      return rank < other.rank || (rank == other.rank && excess >= other.excess);
    }
  };
  static Extreme extreme(const Strangeness& strangeness, const Ranks& ranks, const Numbers& medians);

  std::vector<NoiseLevel> noise_;
  std::vector<Level> levels_;
};

}  // namespace bondscope::ml
