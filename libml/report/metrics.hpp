#pragma once

// How good predictions are, with the uncertainty that a finite test set leaves.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "libpmd/base/statistics/quantile.hpp"

namespace bondscope::ml {

/// Of one target, in its unit.
struct Score {
  std::size_t count = 0;
  double mae = 0;  ///< mean absolute error
  /// Bootstrap interval of the MAE over the test samples, 95 %. It holds for the trained network as it is:
  /// the scatter between trainings is not in it.
  ConfidenceInterval mae_95;
  double rmse = 0;               ///< root of the mean squared error
  double absolute_error_sd = 0;  ///< standard deviation of the absolute errors (divisor n-1)
  double bias = 0;               ///< mean of predicted - true
  double mae_of_mean = 0;        ///< MAE of always answering the training set's mean
};

/// Of a classifier.
struct Classification {
  std::vector<std::string> names;                   ///< of the classes
  std::vector<std::vector<std::size_t>> confusion;  ///< [true class][predicted class]
  std::size_t count = 0;
  double accuracy = 0;
  ConfidenceInterval accuracy_95;    ///< as Score::mae_95
  double accuracy_of_commonest = 0;  ///< of always answering the training set's commonest class
};

/// `predicted` and `truth` of equal length, at least one. Throws DataError if they are empty or not
/// finite.
Score score(std::span<const double> predicted, std::span<const double> truth, double training_mean,
            std::uint64_t seed);

/// Numbers of classes below names.size(). Throws DataError if there are none, or one is not such a
/// number.
Classification classify(std::span<const double> predicted, std::span<const double> truth,
                        std::vector<std::string> names, std::size_t commonest, std::uint64_t seed);

}  // namespace bondscope::ml
