#include "libml/baselines/baseline.hpp"

#include <array>
#include <functional>
#include <string>

#include <fmt/format.h>
#include <opencv2/core.hpp>

#include "libml/baselines/methods.hpp"
#include "libml/data/targets.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/text/nearest.hpp"

namespace bondscope::ml {
namespace {

void check(const SampleSet& samples, std::span<const std::size_t> chosen) {
  check_size(samples.image, samples.size());
  if (samples.has_floats())
    throw ConfigError(fmt::format("{}: images of {}: this method works with grey levels only",
                                  samples.source.store, to_string(samples.image)));
  const std::size_t expected = samples.size() * samples.pixels_per_image();
  if (samples.pixels.size() != expected)
    throw DataError(fmt::format("{}: has {} pixels, expected {} ({} images of {})", samples.source.store,
                                samples.pixels.size(), expected, samples.size(), to_string(samples.image)));
  check_positions(samples, chosen);
}

class OneThread {
 public:
  OneThread() : before_(cv::getNumThreads()) { cv::setNumThreads(1); }
  ~OneThread() { cv::setNumThreads(before_); }
  OneThread(const OneThread&) = delete;
  OneThread& operator=(const OneThread&) = delete;

 private:
  int before_;
};

/// Runs `work` while OpenCV starts no threads of its own, because the methods share out the work themselves;
/// its setting (of the whole process) is put back afterwards. Throws NumericsError where OpenCV throws
/// cv::Exception, and what else `work` throws.
void with_opencv(const std::function<void()>& work) {
  try {
    const OneThread one_thread;
    work();
  } catch (const cv::Exception& error) {
    throw NumericsError("OpenCV: " + error.err + " (in " + error.func + ")");
  }
}

}  // namespace

void Baseline::fit(const SampleSet& samples, std::span<const std::size_t> train,
                   const std::vector<std::string>& targets, const LoadMonitor& monitor) {
  fitted_ = false;
  if (targets.empty()) throw ConfigError("nothing to learn: expected at least one target");
  check(samples, train);
  if (train.empty())
    throw DataError(samples.source.store + ": no sample to learn from; expected at least one");
  std::vector<double> truth(train.size() * targets.size());
  for (std::size_t t = 0; t < targets.size(); ++t) {
    const auto wanted = target(targets[t], samples.source.declared);
    expect_known(samples, train, wanted.parameter);
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
    throw DataError(fmt::format("{}: images of {}, expected {} as those that were learned from",
                                samples.source.store, to_string(samples.image), to_string(image_)));
  check(samples, chosen);
  std::vector<double> answers;
  with_opencv([&] { answers = answer(samples, chosen, monitor); });
  return answers;
}

Learned Baseline::learned() const {
  if (!fitted_) throw DataError("the method has learned nothing that could be kept");
  Learned learned;
  save(learned);
  return learned;
}

void Baseline::restore(const ImageSettings& image, const std::vector<std::string>& targets,
                       const Learned& learned) {
  fitted_ = false;
  check_size(image, 1);
  image_ = image;
  targets_ = targets;
  load(learned);
  fitted_ = true;
}

std::span<const BaselineKind> baselines() {
  static const std::array<BaselineKind, 5> kinds{{
      {"mse", "the known image with the smallest mean squared difference of the pixels",
       [](std::uint64_t, int threads) { return make_direct_mse(threads); }},
      {"sift", "the known image with the most matching SIFT descriptors",
       [](std::uint64_t, int threads) { return make_direct_sift(threads); }},
      {"svm_hog", "support vector regression on histograms of oriented gradients",
       [](std::uint64_t seed, int threads) { return make_svm_hog(seed, threads); }},
      {"tree_hog", "regression tree on histograms of oriented gradients",
       [](std::uint64_t seed, int threads) { return make_tree_hog(seed, threads); }},
      {"svm_sift", "support vector regression on frequencies of visual words (SIFT)",
       [](std::uint64_t seed, int threads) { return make_svm_sift(seed, threads); }},
  }};
  return kinds;
}

std::unique_ptr<Baseline> make_baseline(const std::string& name, std::uint64_t seed, int threads) {
  if (threads < 1) throw ConfigError(fmt::format("threads: {}, expected at least 1", threads));
  std::vector<std::string> known;
  for (const auto& kind : baselines()) {
    if (kind.name == name) return kind.make(seed, threads);
    known.push_back(kind.name);
  }
  throw ConfigError(fmt::format("method '{}' is unknown; there are: {}", name, join(known)));
}

}  // namespace bondscope::ml
