#include "libml/baselines/regression_tree.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "libml/baselines/cross_validation.hpp"
#include "libpmd/base/statistics/average.hpp"

namespace bondscope::ml {
namespace {

cv::Mat matrix(const Features& features, const std::vector<std::size_t>& rows) {
  cv::Mat values(static_cast<int>(rows.size()), static_cast<int>(features.columns), CV_32F);
  for (std::size_t i = 0; i < rows.size(); ++i)
    std::ranges::copy(features.row(rows[i]), values.ptr<float>(static_cast<int>(i)));
  return values;
}

cv::Ptr<cv::ml::DTrees> train(const Features& features, const std::vector<double>& truth,
                              const std::vector<std::size_t>& rows, int fewest) {
  cv::Mat values(static_cast<int>(rows.size()), 1, CV_32F);
  for (std::size_t i = 0; i < rows.size(); ++i)
    values.at<float>(static_cast<int>(i)) = static_cast<float>(truth[rows[i]]);
  const auto tree = cv::ml::DTrees::create();
  tree->setMinSampleCount(fewest);
  tree->setMaxDepth(25);  // OpenCV's limit
  tree->setRegressionAccuracy(0);
  tree->setUseSurrogates(false);
  // No pruning: cross-validation chooses the size, and OpenCV's own would draw random numbers.
  tree->setCVFolds(0);
  tree->train(matrix(features, rows), cv::ml::ROW_SAMPLE, values);
  return tree;
}

std::vector<float> answers(const cv::ml::DTrees& tree, const Features& features,
                           const std::vector<std::size_t>& rows) {
  cv::Mat values;
  tree.predict(matrix(features, rows), values);
  return {values.begin<float>(), values.end<float>()};
}

}  // namespace

void RegressionTree::learn(const Features& features, const std::vector<double>& truth,
                           const LoadMonitor& monitor) {
  mean_ = mean(truth);
  tree_.reset();
  const auto [low, high] = std::minmax_element(truth.begin(), truth.end());
  if (features.columns == 0 || *low == *high) return;
  std::vector<double> target;
  for (const double value : truth)
    target.push_back(value - mean_);

  constexpr std::array<int, 5> fewest{2, 5, 10, 20, 40};
  constexpr std::size_t folds = 5;
  const auto best = best_setting(
      fewest.size(), make_folds(truth.size(), folds, seed_), threads_,
      [&](std::size_t s, const Fold& fold) {
        const auto tree = train(features, target, fold.train, fewest[s]);
        const auto found = answers(*tree, features, fold.test);
        double error = 0;
        for (std::size_t i = 0; i < fold.test.size(); ++i)
          error += std::abs(static_cast<double>(found[i]) - target[fold.test[i]]);
        return error;
      },
      monitor);
  fewest_ = fewest[best];
  tree_ = train(features, target, all_rows(truth.size()), fewest_);
}

std::vector<double> RegressionTree::predict(const Features& features) const {
  std::vector<double> values(features.rows, mean_);
  if (!tree_ || values.empty()) return values;
  const auto found = answers(*tree_, features, all_rows(features.rows));
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] += static_cast<double>(found[i]);
  return values;
}

std::string RegressionTree::settings() const {
  if (!tree_) return "the mean";
  return fmt::format("nodes of {} samples or more are split", fewest_);
}

}  // namespace bondscope::ml
