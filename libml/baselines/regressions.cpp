#include "libml/baselines/regressions.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include <fmt/format.h>
#include <opencv2/ml.hpp>

#include "libml/baselines/regressor.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/statistics/average.hpp"
#include "libpmd/base/threads/for_each_index.hpp"

namespace bondscope::ml {
namespace {

cv::Mat matrix(const Features& features, const std::vector<std::size_t>& rows) {
  cv::Mat values(static_cast<int>(rows.size()), static_cast<int>(features.columns), CV_32F);
  for (std::size_t i = 0; i < rows.size(); ++i)
    std::ranges::copy(features.row(rows[i]), values.ptr<float>(static_cast<int>(i)));
  return values;
}

/// The nodes that can be reached, each before those behind it.
Tree take_out(const cv::ml::DTrees& trained) {
  const auto& nodes = trained.getNodes();
  const auto& splits = trained.getSplits();
  Tree tree;
  std::vector<int> order{trained.getRoots().front()};
  for (std::size_t n = 0; n < order.size(); ++n) {
    const auto& node = nodes[static_cast<std::size_t>(order[n])];
    const bool leaf = node.split < 0;
    const auto* split = leaf ? nullptr : &splits[static_cast<std::size_t>(node.split)];
    tree.feature.push_back(leaf ? -1 : split->varIdx);
    tree.threshold.push_back(leaf ? 0 : split->c);
    tree.value.push_back(node.value);
    for (auto [branch, child] : {std::pair(&tree.below, node.left), {&tree.above, node.right}}) {
      branch->push_back(leaf ? -1 : static_cast<std::int64_t>(order.size()));
      if (!leaf) order.push_back(child);
    }
  }
  return tree;
}

Tree train(const Features& features, const std::vector<double>& truth, const std::vector<std::size_t>& rows,
           int fewest) {
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
  return take_out(*tree);
}

/// Squared distances of all rows of a to all of b: [a][b].
std::vector<float> squared_distances(const Features& a, const Features& b, int threads) {
  std::vector<float> distances(a.rows * b.rows);
  for_each_index(a.rows, threads, [&](std::size_t i) {
    for (std::size_t j = 0; j < b.rows; ++j) {
      // Sixteen sums side by side: the order is fixed, and it is one that vector instructions keep.
      constexpr std::size_t lanes = 16;
      std::array<float, lanes> sums{};
      const float *x = a.row(i).data(), *y = b.row(j).data();
      std::size_t c = 0;
      for (; c + lanes <= a.columns; c += lanes)
        for (std::size_t l = 0; l < lanes; ++l)
          sums[l] += (x[c + l] - y[c + l]) * (x[c + l] - y[c + l]);
      for (; c < a.columns; ++c)
        sums[c % lanes] += (x[c] - y[c]) * (x[c] - y[c]);
      double sum = 0;
      for (const float part : sums)
        sum += static_cast<double>(part);
      distances[i * b.rows + j] = static_cast<float>(sum);
    }
  });
  return distances;
}

float kernel(double gamma, float squared_distance) {
  return static_cast<float>(std::exp(-gamma * static_cast<double>(squared_distance)));
}

/// OpenCV is given the numbers of rows in place of the rows: all trainings share the distances.
class KnownDistances : public cv::ml::SVM::Kernel {
 public:
  KnownDistances(const std::vector<float>& distances, std::size_t rows, double gamma)
      : distances_(distances), rows_(rows), gamma_(gamma) {}
  int getType() const override { return cv::ml::SVM::CUSTOM; }
  void calc(int count, int, const float* rows, const float* other, float* results) override {
    const float* distances = distances_.data() + static_cast<std::size_t>(*other) * rows_;
    for (int i = 0; i < count; ++i)
      results[i] = kernel(gamma_, distances[static_cast<std::size_t>(rows[i])]);
  }

 private:
  const std::vector<float>& distances_;
  std::size_t rows_;
  double gamma_;
};

/// value = offset + Σ weight · kernel(distance to vector)
struct Expansion {
  double offset = 0;
  std::vector<std::size_t> vectors;  ///< rows
  std::vector<double> weights;

  /// `distances` from where the value is wanted to all rows.
  double operator()(double gamma, std::span<const float> distances) const {
    double value = offset;
    for (std::size_t v = 0; v < vectors.size(); ++v)
      value += weights[v] * static_cast<double>(kernel(gamma, distances[vectors[v]]));
    return value;
  }
};

Expansion train(const std::vector<float>& distances, const std::vector<double>& truth,
                const std::vector<std::size_t>& rows, double c, double gamma, double epsilon) {
  constexpr double tolerance = 1e-3;  // LIBSVM's
  const auto [low, high] = std::ranges::minmax(rows, {}, [&](std::size_t row) { return truth[row]; });
  // Everything fits between the margins: no support vectors, which OpenCV takes for an error.
  if (truth[high] - truth[low] <= 2 * (epsilon + tolerance))
    return {0.5 * (truth[low] + truth[high]), {}, {}};
  cv::Mat numbers(static_cast<int>(rows.size()), 1, CV_32F), values(static_cast<int>(rows.size()), 1, CV_32F);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    numbers.at<float>(static_cast<int>(i)) = static_cast<float>(rows[i]);
    values.at<float>(static_cast<int>(i)) = static_cast<float>(truth[rows[i]]);
  }
  const auto svm = cv::ml::SVM::create();
  svm->setType(cv::ml::SVM::EPS_SVR);
  svm->setCustomKernel(cv::makePtr<KnownDistances>(distances, truth.size(), gamma));
  svm->setC(c);
  svm->setP(epsilon);
  // The limit only ends what would not converge.
  svm->setTermCriteria({cv::TermCriteria::MAX_ITER + cv::TermCriteria::EPS, 200000, tolerance});
  svm->train(numbers, cv::ml::ROW_SAMPLE, values);

  cv::Mat weights, order;
  Expansion expansion;
  expansion.offset = -svm->getDecisionFunction(0, weights, order);
  const cv::Mat vectors = svm->getSupportVectors();
  for (int i = 0; i < static_cast<int>(weights.total()); ++i) {
    expansion.weights.push_back(weights.at<double>(i));
    expansion.vectors.push_back(static_cast<std::size_t>(vectors.at<float>(order.at<int>(i), 0)));
  }
  return expansion;
}

double median(std::vector<float> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return static_cast<double>(*middle);
}

}  // namespace

double Tree::answer(std::span<const float> features) const {
  std::size_t node = 0;
  while (feature[node] >= 0)
    node = static_cast<std::size_t>(
        features[static_cast<std::size_t>(feature[node])] <= threshold[node] ? below[node] : above[node]);
  return static_cast<double>(static_cast<float>(value[node]));  // OpenCV answers in single precision
}

void RegressionTree::learn(const Features& features, const std::vector<double>& truth,
                           const LoadMonitor& monitor) {
  mean_ = mean(truth);
  tree_ = {};
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
        double error = 0;
        for (const auto row : fold.test)
          error += std::abs(tree.answer(features.row(row)) - target[row]);
        return error;
      },
      monitor);
  fewest_ = fewest[best];
  tree_ = train(features, target, all_rows(truth.size()), fewest_);
}

std::vector<double> RegressionTree::predict(const Features& features) const {
  std::vector<double> values(features.rows, mean_);
  if (!tree_.value.empty())
    for (std::size_t i = 0; i < values.size(); ++i)
      values[i] += tree_.answer(features.row(i));
  return values;
}

std::string RegressionTree::settings() const {
  if (tree_.value.empty()) return "the mean";
  return fmt::format("nodes of {} samples or more are split", fewest_);
}

void RegressionTree::save(Learned& into, const std::string& prefix) const {
  const auto nodes = static_cast<std::int64_t>(tree_.value.size());
  into.settings[prefix + "mean"] = mean_;
  into.settings[prefix + "samples_to_split"] = fewest_;
  into.add(prefix + "node_feature", {nodes}, tree_.feature);
  into.add(prefix + "node_threshold", {nodes}, tree_.threshold);
  into.add(prefix + "node_below", {nodes}, tree_.below);
  into.add(prefix + "node_above", {nodes}, tree_.above);
  into.add(prefix + "node_value", {nodes}, tree_.value);
}

void RegressionTree::load(const Learned& from, const std::string& prefix, std::size_t columns) {
  mean_ = from.setting(prefix + "mean");
  fewest_ = static_cast<int>(std::clamp(from.setting(prefix + "samples_to_split"), 0.0, 1e9));
  const auto nodes = static_cast<std::int64_t>(from.rows(prefix + "node_value", {Learned::any}));
  tree_ = {.feature = from.values<std::int64_t>(prefix + "node_feature", {nodes}),
           .threshold = from.values<float>(prefix + "node_threshold", {nodes}),
           .below = from.values<std::int64_t>(prefix + "node_below", {nodes}),
           .above = from.values<std::int64_t>(prefix + "node_above", {nodes}),
           .value = from.values<double>(prefix + "node_value", {nodes})};
  for (std::size_t n = 0; n < tree_.value.size(); ++n) {
    if (tree_.feature[n] < 0) continue;
    // On to later nodes only: every way through the tree ends.
    const auto later = [&](std::int64_t node) { return node > static_cast<std::int64_t>(n) && node < nodes; };
    if (tree_.feature[n] >= static_cast<std::int64_t>(columns) || !later(tree_.below[n]) ||
        !later(tree_.above[n]))
      throw DataError(fmt::format("node {} of '{}' asks for what is not there", n, prefix + "node_feature"));
  }
}

Features SupportVectorRegression::scaled(const Features& features) const {
  return scaling_ == Scaling::standardised ? standardise_(features) : features;
}

void SupportVectorRegression::learn(const Features& features, const std::vector<double>& truth,
                                    const LoadMonitor& monitor) {
  mean_ = mean(truth);
  double squares = 0;
  for (const double value : truth)
    squares += (value - mean_) * (value - mean_);
  scale_ = std::sqrt(squares / static_cast<double>(truth.size()));
  offset_ = 0;
  weights_.clear();
  if (scaling_ == Scaling::standardised) standardise_ = Standardisation(features);
  const Features rows = scaled(features);
  const auto distances = squared_distances(rows, rows, threads_);
  const double typical = median(distances);
  if (!(scale_ > 1e-9 * std::abs(mean_)) || !(typical > 0)) {
    vectors_ = make_features(0, features.columns);
    return;
  }
  std::vector<double> target;
  for (const double value : truth)
    target.push_back((value - mean_) / scale_);

  std::vector<Settings> grid;
  for (const double gamma : {0.125, 0.25, 0.5, 1.0, 2.0})
    for (const double c : {1.0, 10.0, 100.0, 1000.0})
      for (const double epsilon : {0.003, 0.03})
        grid.push_back({c, gamma / typical, epsilon});
  constexpr std::size_t folds = 5;
  const auto best = best_setting(
      grid.size(), make_folds(truth.size(), folds, seed_), threads_,
      [&](std::size_t s, const Fold& fold) {
        const auto& [c, gamma, epsilon] = grid[s];
        const auto expansion = train(distances, target, fold.train, c, gamma, epsilon);
        double error = 0;
        for (const auto row : fold.test)
          error += std::abs(expansion(gamma, std::span(distances).subspan(row * rows.rows, rows.rows)) -
                            target[row]);
        return error;
      },
      monitor);
  chosen_ = grid[best];

  const auto expansion =
      train(distances, target, all_rows(truth.size()), chosen_.c, chosen_.gamma, chosen_.epsilon);
  offset_ = expansion.offset;
  weights_ = expansion.weights;
  vectors_ = make_features(expansion.vectors.size(), features.columns);
  for (std::size_t v = 0; v < vectors_.rows; ++v)
    std::ranges::copy(rows.row(expansion.vectors[v]), vectors_.row(v).begin());
}

std::vector<double> SupportVectorRegression::predict(const Features& features) const {
  const auto distances = squared_distances(scaled(features), vectors_, threads_);
  std::vector<double> values(features.rows);
  for (std::size_t i = 0; i < values.size(); ++i) {
    double value = offset_;
    for (std::size_t v = 0; v < vectors_.rows; ++v)
      value += weights_[v] * static_cast<double>(kernel(chosen_.gamma, distances[i * vectors_.rows + v]));
    values[i] = mean_ + scale_ * value;
  }
  return values;
}

std::string SupportVectorRegression::settings() const {
  if (weights_.empty()) return "the mean";
  return fmt::format("C {}, gamma {}, epsilon {}, {} support vectors", chosen_.c, chosen_.gamma,
                     chosen_.epsilon, weights_.size());
}

void SupportVectorRegression::save(Learned& into, const std::string& prefix) const {
  const auto count = static_cast<std::int64_t>(vectors_.rows);
  into.settings.insert({{prefix + "C", chosen_.c},
                        {prefix + "gamma", chosen_.gamma},
                        {prefix + "epsilon", chosen_.epsilon},
                        {prefix + "offset", offset_},
                        {prefix + "mean", mean_},
                        {prefix + "scale", scale_}});
  into.add(prefix + "vectors", {count, static_cast<std::int64_t>(vectors_.columns)}, vectors_.values);
  into.add(prefix + "weights", {count}, weights_);
  if (scaling_ == Scaling::standardised) standardise_.save(into, prefix);
}

void SupportVectorRegression::load(const Learned& from, const std::string& prefix, std::size_t columns) {
  chosen_ = {.c = from.setting(prefix + "C"),
             .gamma = from.setting(prefix + "gamma"),
             .epsilon = from.setting(prefix + "epsilon")};
  offset_ = from.setting(prefix + "offset");
  mean_ = from.setting(prefix + "mean");
  scale_ = from.setting(prefix + "scale");
  const auto width = static_cast<std::int64_t>(columns);
  vectors_ = {.rows = from.rows(prefix + "vectors", {Learned::any, width}),
              .columns = columns,
              .values = from.values<float>(prefix + "vectors", {Learned::any, width})};
  weights_ = from.values<double>(prefix + "weights", {static_cast<std::int64_t>(vectors_.rows)});
  if (scaling_ == Scaling::standardised) standardise_ = Standardisation(from, prefix, columns);
}

}  // namespace bondscope::ml
