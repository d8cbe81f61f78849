#pragma once

#include <cstdint>

#include <opencv2/ml.hpp>

#include "libml/baselines/regressor.hpp"

namespace bondscope::ml {

/// A tree of yes-or-no questions about single features that minimises the squared error, whose leaves answer
/// the mean of what fell into them (CART). How many samples a node must have to be split is chosen by
/// five-fold cross-validation of the mean absolute error.
class RegressionTree : public Regressor {
 public:
  RegressionTree(std::uint64_t seed, int threads) : seed_(seed), threads_(threads) {}

  void learn(const Features& features, const std::vector<double>& truth, const LoadMonitor& monitor) override;
  std::vector<double> predict(const Features& features) const override;
  std::string settings() const override;

 private:
  std::uint64_t seed_;
  int threads_;
  int fewest_ = 0;
  double mean_ = 0;
  cv::Ptr<cv::ml::DTrees> tree_;  ///< of the differences from the mean; none if there are none
};

}  // namespace bondscope::ml
