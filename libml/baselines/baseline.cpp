#include "libml/baselines/baseline.hpp"

#include <array>
#include <functional>
#include <string>

#include <fmt/format.h>
#include <opencv2/core.hpp>

#include "libml/baselines/kernel_ridge.hpp"
#include "libml/baselines/maximum_likelihood.hpp"
#include "libml/baselines/methods.hpp"
#include "libml/data/targets.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/text/nearest.hpp"

namespace bondscope::ml {
namespace {

void check(const SampleSet& samples, std::span<const std::size_t> chosen, bool takes_floats) {
  check_size(samples.image, samples.size());
  if (samples.has_floats() && !takes_floats)
    throw ConfigError(fmt::format("{}: images of {}: this method works with grey levels only",
                                  samples.source.store, to_string(samples.image)));
  const std::size_t expected = samples.size() * samples.pixels_per_image();
  const auto found = samples.has_floats() ? samples.floats.size() : samples.pixels.size();
  if (found != expected)
    throw DataError(fmt::format("{}: has {} pixels, expected {} ({} images of {})", samples.source.store,
                                found, expected, samples.size(), to_string(samples.image)));
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
  check(samples, train, takes_floats());
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

void Baseline::expect_answerable(const SampleSet& samples, std::span<const std::size_t> chosen) const {
  if (!fitted_) throw DataError("the method was asked before it was fitted to anything");
  if (samples.image != image_)
    throw DataError(fmt::format("{}: images of {}, expected {} as those that were learned from",
                                samples.source.store, to_string(samples.image), to_string(image_)));
  check(samples, chosen, takes_floats());
}

std::vector<double> Baseline::predict(const SampleSet& samples, std::span<const std::size_t> chosen,
                                      const LoadMonitor& monitor) const {
  expect_answerable(samples, chosen);
  std::vector<double> answers;
  with_opencv([&] { answers = answer(samples, chosen, monitor); });
  return answers;
}

std::vector<std::vector<Peak>> Baseline::peaks(const SampleSet& samples, std::span<const std::size_t> chosen,
                                               const LoadMonitor& monitor) const {
  expect_answerable(samples, chosen);
  std::vector<std::vector<Peak>> found;
  with_opencv([&] { found = find_peaks(samples, chosen, monitor); });
  return found;
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
  using Settings = const BaselineSettings&;
  static const std::array<BaselineKind, 7> kinds{{
      {"kernel", "kernel ridge regression on principal components",
       [](Settings settings) { return make_kernel_ridge(settings); }, true, true, false},
      {"likelihood", "the parameters under which the counted electrons are most probable",
       [](Settings settings) { return make_maximum_likelihood(settings); }, true, true, false, true},
      {"mse", "the known image with the smallest mean squared difference of the pixels",
       [](Settings settings) { return make_direct_mse(settings.threads); }, false, false, false},
      {"sift", "the known image with the most matching SIFT descriptors",
       [](Settings settings) { return make_direct_sift(settings.threads); }, false, false, false},
      {"svm_hog", "support vector regression on histograms of oriented gradients",
       [](Settings settings) { return make_svm_hog(settings.seed, settings.threads); }},
      {"tree_hog", "regression tree on histograms of oriented gradients",
       [](Settings settings) { return make_tree_hog(settings.seed, settings.threads); }},
      {"svm_sift", "support vector regression on frequencies of visual words (SIFT)",
       [](Settings settings) { return make_svm_sift(settings.seed, settings.threads); }},
  }};
  return kinds;
}

std::unique_ptr<Baseline> make_baseline(const std::string& name, const BaselineSettings& settings) {
  if (settings.threads < 1)
    throw ConfigError(fmt::format("threads: {}, expected at least 1", settings.threads));
  if (const auto* kind = find_baseline(name)) return kind->make(settings);
  throw ConfigError(fmt::format("method '{}' is unknown; there are: {}", name, join(baseline_names())));
}

}  // namespace bondscope::ml
