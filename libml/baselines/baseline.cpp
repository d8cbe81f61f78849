#include "libml/baselines/baseline.hpp"

#include <array>

#include "libml/baselines/direct_mse.hpp"
#include "libml/baselines/direct_sift.hpp"
#include "libml/baselines/feature_regression.hpp"
#include "libml/baselines/opencv_session.hpp"
#include "libml/data/targets.hpp"
#include "libpmd/base/error.hpp"

namespace bondscope::ml {
namespace {

void check(const SampleSet& samples, std::span<const std::size_t> chosen) {
  check_size(samples.image, samples.size());
  const std::size_t expected = samples.size() * samples.pixels_per_image();
  if (samples.pixels.size() != expected)
    throw DataError(samples.source.store + ": has " + std::to_string(samples.pixels.size()) +
                    " pixels, expected " + std::to_string(expected) + " (" + std::to_string(samples.size()) +
                    " images of " + to_string(samples.image) + ")");
  for (const auto i : chosen)
    if (i >= samples.size())
      throw DataError(samples.source.store + ": has no sample " + std::to_string(i) + ", only 0 to " +
                      std::to_string(samples.size()) + " less one");
}

}  // namespace

Baseline::~Baseline() = default;

void Baseline::fit(const SampleSet& samples, std::span<const std::size_t> train,
                   const std::vector<std::string>& targets, const LoadMonitor& monitor) {
  fitted_ = false;
  if (targets.empty()) throw ConfigError("nothing to learn: expected at least one target");
  check(samples, train);
  if (train.empty())
    throw DataError(samples.source.store + ": no sample to learn from; expected at least one");
  std::vector<double> truth(train.size() * targets.size());
  for (std::size_t t = 0; t < targets.size(); ++t) {
    const auto& wanted = target(targets[t]);
    for (std::size_t i = 0; i < train.size(); ++i)
      truth[i * targets.size() + t] = wanted.value(samples.samples[train[i]].parameters);
  }
  targets_ = targets;
  image_ = samples.image;
  with_opencv([&] { learn(samples, train, truth, monitor); });
  fitted_ = true;
}

std::vector<double> Baseline::predict(const SampleSet& samples, std::span<const std::size_t> chosen,
                                      const LoadMonitor& monitor) const {
  if (!fitted_) throw DataError("the method was asked before it was fitted to anything");
  if (samples.image != image_)
    throw DataError(samples.source.store + ": images of " + to_string(samples.image) + ", expected " +
                    to_string(image_) + " as those that were learned from");
  check(samples, chosen);
  std::vector<double> answers;
  with_opencv([&] { answers = answer(samples, chosen, monitor); });
  return answers;
}

std::span<const BaselineKind> baselines() {
  static const std::array<BaselineKind, 5> kinds{{
      {"mse", "the known image with the smallest mean squared difference of the pixels"},
      {"sift", "the known image with the most matching SIFT descriptors"},
      {"svm_hog", "support vector regression on histograms of oriented gradients"},
      {"tree_hog", "regression tree on histograms of oriented gradients"},
      {"svm_sift", "support vector regression on frequencies of visual words (SIFT)"},
  }};
  return kinds;
}

std::unique_ptr<Baseline> make_baseline(const std::string& name, std::uint64_t seed, int threads) {
  if (threads < 1) throw ConfigError("threads: " + std::to_string(threads) + ", expected at least 1");
  if (name == "mse") return std::make_unique<DirectMse>(threads);
  if (name == "sift") return std::make_unique<DirectSift>(threads);
  if (name == "svm_hog") return make_svm_hog(seed, threads);
  if (name == "tree_hog") return make_tree_hog(seed, threads);
  if (name == "svm_sift") return make_svm_sift(seed, threads);
  std::string known;
  for (const auto& kind : baselines())
    known += (known.empty() ? "" : ", ") + kind.name;
  throw ConfigError("method '" + name + "' is unknown; there are: " + known);
}

}  // namespace bondscope::ml
