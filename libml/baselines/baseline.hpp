#pragma once

// Methods without a neural network that read parameters of a run off its image (Sec. V of the paper): what a
// network has to be compared with.

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "libml/arrays/array.hpp"
#include "libml/data/method.hpp"
#include "libml/data/mirrors.hpp"

namespace bondscope::ml {

/// What a method is made with.
struct BaselineSettings {
  std::uint64_t seed = 1;  ///< of folds of cross-validation and starts of clustering
  int threads = 1;         ///< to work with
  Mirrors mirrors = {};    ///< of the kernel: under which its answers are to be symmetric
  TargetSigns signs = {};  ///< what becomes of its targets, in their order
  /// Of the likelihood: what an experiment does that is found together with the targets (instrument.hpp).
  std::vector<std::string> effects = {};
};

/// Learns from the training part of a SampleSet and answers for images of any other one. It keeps all that it
/// needs, so the sets need not outlive fit(). The same arguments give the same bits, whatever the number of
/// threads. While fit() or predict() runs, OpenCV's own threads are switched off in the whole process, and
/// put back afterwards: call them from one thread at a time.
class Baseline : public Method {
 public:
  /// Learns `targets` (names of parameters, targets.hpp) from the samples at the positions `train`. `monitor`
  /// is called from one thread at a time; its counts start anew with every stage of the work; what it throws
  /// ends the fit. After an error the object is as before its first fit(). Throws DataError if `train` is
  /// empty, has a position that is not in the set, or the set's pixels do not fit its image settings;
  /// ConfigError if a target is unknown, none is given, or the images are not of a kind or size for the
  /// method.
  void fit(const SampleSet& samples, std::span<const std::size_t> train,
           const std::vector<std::string>& targets, const LoadMonitor& monitor = {});

  /// Answers [chosen][target], in the units of the targets. Throws DataError if nothing was fitted, the
  /// images are not as those that were learned from, or as fit() does.
  std::vector<double> predict(const SampleSet& samples, std::span<const std::size_t> chosen,
                              const LoadMonitor& monitor = {}) const override;

  /// Of a method that knows more than one answer; throws what predict() throws.
  std::vector<std::vector<Peak>> peaks(const SampleSet& samples, std::span<const std::size_t> chosen,
                                       const LoadMonitor& monitor = {}) const override;

  /// What fit() has learned. Throws DataError if nothing was fitted.
  Learned learned() const;
  /// Makes this what it was after the fit() that learned so: it gives the same answers bit for bit. Throws
  /// DataError if that cannot be of this method with these images and targets.
  void restore(const ImageSettings& image, const std::vector<std::string>& targets, const Learned& learned);

  /// What fit() has chosen by itself, in words, e.g. "R: C 100, gamma 0.0012, epsilon 0.02"; may be empty.
  virtual std::string chosen_settings() const { return {}; }

 protected:
  /// Works with so many threads.
  explicit Baseline(int threads) : threads_(threads) {}
  Baseline(const Baseline&) = default;
  Baseline& operator=(const Baseline&) = default;
  /// To work with.
  int threads() const { return threads_; }
  /// Names of what was learned.
  const std::vector<std::string>& targets() const { return targets_; }
  /// Of what was learned from.
  const ImageSettings& image() const { return image_; }

 private:
  /// Whether it works with images of floats, too.
  virtual bool takes_floats() const { return false; }
  /// `truth` is [train][target].
  virtual void learn(const SampleSet& samples, std::span<const std::size_t> train,
                     const std::vector<double>& truth, const LoadMonitor& monitor) = 0;
  virtual std::vector<double> answer(const SampleSet& samples, std::span<const std::size_t> chosen,
                                     const LoadMonitor& monitor) const = 0;
  virtual std::vector<std::vector<Peak>> find_peaks(const SampleSet&, std::span<const std::size_t>,
                                                    const LoadMonitor&) const {
    return {};
  }
  /// What predict() and peaks() need.
  void expect_answerable(const SampleSet& samples, std::span<const std::size_t> chosen) const;

  virtual void save(Learned& into) const = 0;
  virtual void load(const Learned& from) = 0;

  int threads_;
  bool fitted_ = false;
  ImageSettings image_;
  std::vector<std::string> targets_;
};

/// A method without layers.
struct BaselineKind {
  std::string name, description;  ///< its name in recipes, and what it is in a line
  /// Makes one that has learned nothing yet.
  std::unique_ptr<Baseline> (*make)(const BaselineSettings& settings);
  bool floats = false;   ///< whether it takes images of floats
  bool mirrors = false;  ///< whether it knows of mirror images
  bool seeded = true;    ///< whether another seed may learn anything else
  bool effects = false;  ///< whether it knows what experiments do
};

/// All there are: kernel, likelihood, mse, sift, svm_hog, tree_hog, svm_sift.
std::span<const BaselineKind> baselines();
/// Their names.
inline std::vector<std::string> baseline_names() {
  std::vector<std::string> names;
  for (const auto& kind : baselines())
    names.push_back(kind.name);
  return names;
}
/// One of them by name, or null.
inline const BaselineKind* find_baseline(const std::string& name) {
  for (const auto& kind : baselines())
    if (kind.name == name) return &kind;
  return nullptr;
}

/// One of them by name. Throws ConfigError that lists the names if there is no such method, or if `threads`
/// is below 1.
std::unique_ptr<Baseline> make_baseline(const std::string& name, const BaselineSettings& settings);

}  // namespace bondscope::ml
