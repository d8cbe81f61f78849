#include "libml/explain/dictionary_maker.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include <fmt/format.h>

#include "libpmd/base/error.hpp"

namespace bondscope::ml {
namespace {

/// Enough for ranks to a third of a per cent.
constexpr std::size_t most_reference_images = 300;

std::vector<std::size_t> positions_of(const std::vector<UsedRun>& runs, const SampleSet& samples) {
  std::set<RunParameters> known;
  for (const auto& run : runs)
    known.insert(run.parameters);
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < samples.size(); ++i)
    if (known.contains(samples.samples[i].parameters)) found.push_back(i);
  return found;
}

void expect_classifier(const Model& model) {
  const auto& recipe = model.description.recipe;
  const auto refuse = [&](const std::string& what) {
    throw ConfigError(fmt::format("{}: {}", model.folder.string(), what));
  };
  if (!recipe.is_network() || recipe.classes.empty())
    refuse("is no network for classes; a dictionary needs one, as --recipe classifier trains it");
  if (recipe.targets != std::vector<std::string>{"R"}) refuse("tells classes of something else than R");
  if (recipe.image.values != PixelValues::bytes) refuse("sees floats; a dictionary compares grey levels");
  if (recipe.network.extent)
    refuse("is told the extent of the crop, which a mask does not change; expected network.extent=false");
}

}  // namespace

std::vector<std::size_t> trained_samples(const ModelDescription& model, const SampleSet& samples,
                                         std::size_t most) {
  const auto all = positions_of(model.train, samples);
  if (all.size() <= most) return all;
  std::vector<std::size_t> some;
  for (std::size_t i = 0; i < most; ++i)
    some.push_back(all[i * all.size() / most]);
  return some;
}

std::vector<std::size_t> unused_samples(const ModelDescription& model, const SampleSet& samples) {
  return positions_of(model.unused, samples);
}

DictionaryMaker::DictionaryMaker(const Model& model, const SampleSet& samples,
                                 std::span<const std::size_t> asked, std::span<const double> bands,
                                 const ExplanationSettings& explanation)
    : model_(model), samples_(samples), explanation_(explanation) {
  expect_classifier(model);
  expect_explainable(model, explanation.method);
  images_ = label_images(samples, asked, model.description.recipe.classes, bands);
  const auto trained = trained_samples(model.description, samples, most_reference_images);
  if (!trained.empty()) reference_ = label_images(samples, trained, model.description.recipe.classes, bands);
}

double DictionaryMaker::accuracy_of_model() const {
  const auto scores = model_.method->predict(samples_, images_.sample);
  const auto classes = scores.size() / images_.size();
  std::size_t correct = 0;
  for (std::size_t i = 0; i < images_.size(); ++i) {
    const auto row = std::span(scores).subspan(i * classes, classes);
    const auto best = static_cast<std::size_t>(std::ranges::max_element(row) - row.begin());
    if (best == images_.class_of[i]) ++correct;
  }
  return static_cast<double>(correct) / static_cast<double>(images_.size());
}

const std::vector<float>& DictionaryMaker::map_of(std::size_t image) {
  auto found = maps_.find(image);
  if (found == maps_.end())
    found = maps_
                .emplace(image, ml::explain(model_, samples_, images_.sample[image], images_.class_of[image],
                                            explanation_)
                                    .map)
                .first;
  return found->second;
}

void DictionaryMaker::expect_threshold(const DictionarySettings& settings) const {
  if (!settings.relative_threshold && explanation_.method != ExplanationMethod::occlusion)
    throw ConfigError(fmt::format(
        "dictionary: a threshold of the score says nothing of the map of {}, which is no drop of the "
        "score as occlusion's is; expected one of the maximum",
        bondscope::to_string(explanation_.method)));
}

void DictionaryMaker::explain(const DictionarySettings& settings, std::uint64_t choices,
                              const LoadMonitor& monitor) {
  expect_threshold(settings);
  std::set<std::size_t> needed;
  for (std::uint64_t choice = 0; choice < choices; ++choice)
    for (const auto image : drawn_images(images_, settings, choice))
      if (!maps_.contains(image)) needed.insert(image);
  std::size_t done = 0;
  for (const auto image : needed) {
    map_of(image);
    if (monitor) monitor(++done, needed.size());
  }
}

Dictionary DictionaryMaker::make(const DictionarySettings& settings, std::uint64_t choice) {
  expect_threshold(settings);
  return make_dictionary(
      images_, [this](std::size_t image) { return map_of(image); }, settings, choice, reference_);
}

std::pair<int, int> DictionaryMaker::patch() const {
  const auto pixels = [&](int side) {
    return std::clamp(static_cast<int>(std::lround(explanation_.mask * side)), 1, side);
  };
  return {pixels(images_.width), pixels(images_.height)};
}

}  // namespace bondscope::ml
