#pragma once

// Dictionaries from a trained classifier: its explanations of images, made once each, and many choices of
// which images are taken.

#include <functional>
#include <map>
#include <span>
#include <vector>

#include "libml/explain/dictionary.hpp"
#include "libml/explain/explanation.hpp"

namespace bondscope::ml {

/// Positions of the samples that a model was trained on; at most so many, evenly chosen.
std::vector<std::size_t> trained_samples(const ModelDescription& model, const SampleSet& samples,
                                         std::size_t most);
/// Positions of the samples of its training part that it left unused (split.train_runs): runs that neither
/// taught nor test it, on which a protocol can be chosen.
std::vector<std::size_t> unused_samples(const ModelDescription& model, const SampleSet& samples);

/// Makes dictionaries of the images of some samples.
class DictionaryMaker {
 public:
  /// `asked`: samples that dictionaries are made of and tested on. `bands` are those of the intensity.
  /// `model` and `samples` must live on. Throws ConfigError unless the model is a classifier of R from grey
  /// levels that is not told the extent, which a mask does not change; what label_images() and
  /// expect_explainable() throw.
  DictionaryMaker(const Model& model, const SampleSet& samples, std::span<const std::size_t> asked,
                  std::span<const double> bands, const ExplanationSettings& explanation);

  /// Of these samples.
  const LabelledImages& images() const { return images_; }
  /// Share of the images that the classifier itself classifies correctly.
  double accuracy_of_model() const;
  /// Makes the explanations that so many choices need. `monitor` is called after each. Throws ConfigError for
  /// a threshold of the score of another method than occlusion, whose map alone is a drop of it.
  void explain(const DictionarySettings& settings, std::uint64_t choices, const LoadMonitor& monitor = {});
  /// Throws as make_dictionary() and explain().
  Dictionary make(const DictionarySettings& settings, std::uint64_t choice);
  /// Pixels of occlusion's mask, which random patches have as well.
  std::pair<int, int> patch() const;

 private:
  const std::vector<float>& map_of(std::size_t image);
  void expect_threshold(const DictionarySettings& settings) const;

  const Model& model_;
  const SampleSet& samples_;
  ExplanationSettings explanation_;
  LabelledImages images_, reference_;
  std::map<std::size_t, std::vector<float>> maps_;  ///< by image
};

}  // namespace bondscope::ml
