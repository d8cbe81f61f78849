#include "libml/baselines/feature_regression.hpp"

#include <algorithm>
#include <functional>
#include <utility>

#include "libml/baselines/hog.hpp"
#include "libml/baselines/regressions.hpp"
#include "libml/baselines/sift.hpp"
#include "libpmd/base/threads/for_each_index.hpp"

namespace bondscope::ml {
namespace {

using Chosen = std::span<const std::size_t>;

class Extractor {
 public:
  virtual ~Extractor() = default;
  /// Features of images to learn from; may first learn what features there are.
  virtual Features learn(const SampleSet& samples, Chosen train, const LoadMonitor& monitor) = 0;
  virtual Features extract(const SampleSet& samples, Chosen chosen, const LoadMonitor& monitor) const = 0;
};

class HogExtractor : public Extractor {
 public:
  explicit HogExtractor(int threads) : threads_(threads) {}

  Features learn(const SampleSet& samples, Chosen train, const LoadMonitor& monitor) override {
    return extract(samples, train, monitor);
  }
  Features extract(const SampleSet& samples, Chosen chosen, const LoadMonitor& monitor) const override {
    const int width = samples.image.width, height = samples.image.height;
    auto features = make_features(chosen.size(), hog_length(width, height));
    for_each_index(
        chosen.size(), threads_,
        [&](std::size_t i) {
          std::ranges::copy(hog(samples.image_of(chosen[i]), width, height), features.row(i).begin());
        },
        monitor);
    return features;
  }

 private:
  int threads_;
};

class WordExtractor : public Extractor {
 public:
  WordExtractor(std::uint64_t seed, int threads) : seed_(seed), threads_(threads) {}

  Features learn(const SampleSet& samples, Chosen train, const LoadMonitor& monitor) override {
    const auto points = key_points(samples, train, threads_, monitor);
    words_ = VisualWords(points, {}, seed_);
    return frequencies(points);
  }
  Features extract(const SampleSet& samples, Chosen chosen, const LoadMonitor& monitor) const override {
    return frequencies(key_points(samples, chosen, threads_, monitor));
  }

 private:
  Features frequencies(const std::vector<KeyPoints>& images) const {
    auto features = make_features(images.size(), words_.length());
    for_each_index(images.size(), threads_, [&](std::size_t i) {
      std::ranges::copy(words_.frequencies(images[i]), features.row(i).begin());
    });
    return features;
  }

  std::uint64_t seed_;
  int threads_;
  VisualWords words_;
};

/// One regression for every target.
class FeatureRegression : public Baseline {
 public:
  using MakeRegressor = std::function<std::unique_ptr<Regressor>()>;
  FeatureRegression(int threads, std::unique_ptr<Extractor> extractor, MakeRegressor make_regressor)
      : Baseline(threads), extractor_(std::move(extractor)), make_regressor_(std::move(make_regressor)) {}

  std::string chosen_settings() const override {
    std::string text;
    for (std::size_t t = 0; t < regressors_.size(); ++t)
      text += (t > 0 ? "; " : "") + targets()[t] + ": " + regressors_[t]->settings();
    return text;
  }

 private:
  void learn(const SampleSet& samples, Chosen train, const std::vector<double>& truth,
             const LoadMonitor& monitor) override {
    regressors_.clear();
    const auto features = extractor_->learn(samples, train, monitor);
    for (std::size_t t = 0; t < targets().size(); ++t) {
      std::vector<double> of_target;
      for (std::size_t i = t; i < truth.size(); i += targets().size())
        of_target.push_back(truth[i]);
      auto regressor = make_regressor_();
      regressor->learn(features, of_target, monitor);
      regressors_.push_back(std::move(regressor));
    }
  }
  std::vector<double> answer(const SampleSet& samples, Chosen chosen,
                             const LoadMonitor& monitor) const override {
    const auto features = extractor_->extract(samples, chosen, monitor);
    std::vector<double> answers(chosen.size() * targets().size());
    for (std::size_t t = 0; t < targets().size(); ++t) {
      const auto values = regressors_[t]->predict(features);
      for (std::size_t i = 0; i < values.size(); ++i)
        answers[i * targets().size() + t] = values[i];
    }
    return answers;
  }

  std::unique_ptr<Extractor> extractor_;
  MakeRegressor make_regressor_;
  std::vector<std::unique_ptr<Regressor>> regressors_;
};

}  // namespace

std::unique_ptr<Baseline> make_svm_hog(std::uint64_t seed, int threads) {
  return std::make_unique<FeatureRegression>(threads, std::make_unique<HogExtractor>(threads), [=] {
    return std::make_unique<SupportVectorRegression>(Scaling::standardised, seed, threads);
  });
}

std::unique_ptr<Baseline> make_tree_hog(std::uint64_t seed, int threads) {
  return std::make_unique<FeatureRegression>(threads, std::make_unique<HogExtractor>(threads),
                                             [=] { return std::make_unique<RegressionTree>(seed, threads); });
}

std::unique_ptr<Baseline> make_svm_sift(std::uint64_t seed, int threads) {
  return std::make_unique<FeatureRegression>(threads, std::make_unique<WordExtractor>(seed, threads), [=] {
    return std::make_unique<SupportVectorRegression>(Scaling::none, seed, threads);
  });
}

}  // namespace bondscope::ml
