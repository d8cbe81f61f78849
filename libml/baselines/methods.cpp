#include "libml/baselines/methods.hpp"

#include <algorithm>
#include <functional>
#include <iterator>
#include <numeric>
#include <utility>
#include <vector>

#include "libml/baselines/hog.hpp"
#include "libml/baselines/regressions.hpp"
#include "libml/baselines/sift.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/threads/for_each_index.hpp"

namespace bondscope::ml {
namespace {

/// Compares all known images.
class DirectComparison : public Baseline {
 public:
  explicit DirectComparison(int threads) : Baseline(threads) {}

 protected:
  void learn(const SampleSet& samples, std::span<const std::size_t> train, const std::vector<double>& truth,
             const LoadMonitor&) override {
    pixels_.clear();
    for (const auto i : train) {
      const auto image = samples.image_of(i);
      pixels_.insert(pixels_.end(), image.begin(), image.end());
    }
    count_ = train.size();
    truth_ = truth;
  }
  std::size_t known_images() const { return count_; }

  void save(Learned& into) const override {
    const auto n = static_cast<std::int64_t>(count_);
    into.add("images", {n, image().width, image().height}, pixels_);
    into.add("targets", {n, static_cast<std::int64_t>(targets().size())}, truth_);
  }
  void load(const Learned& from) override {
    count_ = from.rows("images", {Learned::any, image().width, image().height});
    if (count_ == 0) throw DataError("the array 'images' is empty");
    pixels_ = from.values<std::uint8_t>("images", {Learned::any, image().width, image().height});
    truth_ = from.values<double>(
        "targets", {static_cast<std::int64_t>(count_), static_cast<std::int64_t>(targets().size())});
  }

 private:
  std::vector<double> answer(const SampleSet& samples, std::span<const std::size_t> chosen,
                             const LoadMonitor& monitor) const override {
    const auto n = static_cast<std::ptrdiff_t>(targets().size());
    std::vector<double> answers(chosen.size() * targets().size());
    for_each_index(
        chosen.size(), threads(),
        [&](std::size_t i) {
          const auto image = samples.image_of(chosen[i]);
          const auto found = nearest(image, candidates(image, count_));
          std::copy_n(truth_.begin() + static_cast<std::ptrdiff_t>(found) * n, n,
                      answers.begin() + static_cast<std::ptrdiff_t>(i) * n);
        },
        monitor);
    return answers;
  }

  /// Which of the known images come into question.
  virtual std::vector<std::size_t> candidates(std::span<const std::uint8_t>, std::size_t known) const {
    std::vector<std::size_t> all(known);
    std::iota(all.begin(), all.end(), std::size_t{0});
    return all;
  }

  std::size_t nearest(std::span<const std::uint8_t> asked, const std::vector<std::size_t>& among) const {
    std::size_t best = among.front();
    auto smallest = std::numeric_limits<std::uint64_t>::max();
    for (const auto i : among) {
      const auto known = std::span(pixels_).subspan(i * asked.size(), asked.size());
      const auto difference = squared_difference(asked, known, smallest);
      if (difference < smallest) {
        smallest = difference;
        best = i;
      }
    }
    return best;
  }

  std::size_t count_ = 0;
  std::vector<std::uint8_t> pixels_;
  std::vector<double> truth_;
};

/// Of matches(), below Lowe's 0.8: neighbouring fringes look alike.
constexpr double ratio = 0.6;

class DirectSift : public DirectComparison {
 public:
  explicit DirectSift(int threads) : DirectComparison(threads) {}

 private:
  void learn(const SampleSet& samples, std::span<const std::size_t> train, const std::vector<double>& truth,
             const LoadMonitor& monitor) override {
    key_points_ = key_points(samples, train, threads(), monitor);
    DirectComparison::learn(samples, train, truth, monitor);
  }

  std::vector<std::size_t> candidates(std::span<const std::uint8_t> image, std::size_t known) const override {
    const auto asked = key_points(image, this->image().width, this->image().height);
    std::size_t most = 0;
    std::vector<std::size_t> best;
    for (std::size_t k = 0; k < known; ++k) {
      const auto count = matches(asked.descriptors, key_points_[k].descriptors, ratio);
      if (count > most) best.clear();
      most = std::max(most, count);
      if (count == most) best.push_back(k);
    }
    return best;
  }

  void save(Learned& into) const override {
    DirectComparison::save(into);
    std::vector<std::uint8_t> numbers;
    std::vector<std::int64_t> counts;
    for (const auto& points : key_points_) {
      counts.push_back(static_cast<std::int64_t>(points.descriptors.size()));
      for (const auto& descriptor : points.descriptors)
        std::ranges::transform(descriptor, std::back_inserter(numbers),
                               [](std::int16_t number) { return static_cast<std::uint8_t>(number); });
    }
    const auto length = static_cast<std::int64_t>(descriptor_length);
    const auto images = static_cast<std::int64_t>(counts.size());
    const auto descriptors = static_cast<std::int64_t>(numbers.size()) / length;
    into.add("descriptors", {descriptors, length}, std::move(numbers));
    into.add("descriptors_of_image", {images}, std::move(counts));
  }
  void load(const Learned& from) override {
    DirectComparison::load(from);
    const auto& numbers = from.values<std::uint8_t>(
        "descriptors", {Learned::any, static_cast<std::int64_t>(descriptor_length)});
    auto left = std::span(numbers);
    key_points_.clear();
    for (const auto count :
         from.values<std::int64_t>("descriptors_of_image", {static_cast<std::int64_t>(known_images())})) {
      auto& descriptors = key_points_.emplace_back().descriptors;
      if (count < 0 || static_cast<std::size_t>(count) > left.size() / descriptor_length)
        throw DataError("the array 'descriptors_of_image' has more than there are descriptors");
      for (std::int64_t i = 0; i < count; ++i) {
        std::ranges::copy(left.first(descriptor_length), descriptors.emplace_back().begin());
        left = left.subspan(descriptor_length);
      }
    }
    if (!left.empty()) throw DataError("the array 'descriptors_of_image' leaves descriptors over");
  }

  std::vector<KeyPoints> key_points_;
};

using Chosen = std::span<const std::size_t>;

class Extractor {
 public:
  virtual ~Extractor() = default;
  /// Features of images to learn from; may first learn what features there are.
  virtual Features learn(const SampleSet& samples, Chosen train, const LoadMonitor& monitor) = 0;
  virtual Features extract(const SampleSet& samples, Chosen chosen, const LoadMonitor& monitor) const = 0;
  /// Features of an image.
  virtual std::size_t length(const ImageSettings& image) const = 0;
  virtual void save(Learned&) const {}
  virtual void load(const Learned&) {}
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
  std::size_t length(const ImageSettings& image) const override {
    return hog_length(image.width, image.height);
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
  std::size_t length(const ImageSettings&) const override { return words_.length(); }
  void save(Learned& into) const override { words_.save(into); }
  void load(const Learned& from) override { words_ = VisualWords(from); }

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
  void save(Learned& into) const override {
    extractor_->save(into);
    for (std::size_t t = 0; t < targets().size(); ++t)
      regressors_[t]->save(into, targets()[t] + ".");
  }
  void load(const Learned& from) override {
    extractor_->load(from);
    regressors_.clear();
    for (const auto& target : targets()) {
      regressors_.push_back(make_regressor_());
      regressors_.back()->load(from, target + ".", extractor_->length(image()));
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

std::unique_ptr<Baseline> make_direct_mse(int threads) {
  return std::make_unique<DirectComparison>(threads);
}

std::unique_ptr<Baseline> make_direct_sift(int threads) {
  return std::make_unique<DirectSift>(threads);
}

std::uint64_t squared_difference(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b,
                                 std::uint64_t not_below) {
  constexpr std::size_t piece = 2048;  // 2048 · 255² fits 32 bits, which is what vector instructions add fast
  std::uint64_t sum = 0;
  for (std::size_t begin = 0; begin < a.size() && sum < not_below; begin += piece) {
    const std::size_t end = std::min(a.size(), begin + piece);
    std::int32_t part = 0;
    for (std::size_t i = begin; i < end; ++i) {
      const auto difference = static_cast<std::int16_t>(a[i] - b[i]);
      part += difference * difference;
    }
    sum += static_cast<std::uint64_t>(part);
  }
  return sum;
}

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
