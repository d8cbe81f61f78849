#include "libml/explain/dictionary.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "libpmd/base/error.hpp"
#include "libpmd/base/statistics/average.hpp"

namespace bondscope::ml {
namespace {

void check_dictionary(const LabelledImages& images, const DictionarySettings& settings) {
  const auto refuse = [](const std::string& what) { throw ConfigError("dictionary: " + what); };
  if (settings.images_per_cell < 1) refuse("images_per_cell=0, expected at least 1");
  if (!std::isfinite(settings.threshold)) refuse("the threshold is not finite");
  if (settings.patch_kx < 1 || settings.patch_kx > images.width || settings.patch_ky < 1 ||
      settings.patch_ky > images.height)
    refuse(fmt::format("patches of {} x {} pixels, expected 1 x 1 to {} x {}", settings.patch_kx,
                       settings.patch_ky, images.width, images.height));
  if (images.pixels.size() != images.size() * images.pixels_per_image() ||
      images.band_of.size() != images.size())
    throw DataError(fmt::format("dictionary: {} pixels and {} bands do not fit {} images of {} x {}",
                                images.pixels.size(), images.band_of.size(), images.size(), images.width,
                                images.height));
}

double share_of_most_frequent(const LabelledImages& images, std::span<const std::size_t> tested) {
  std::map<std::size_t, std::size_t> counts;
  std::size_t most = 0;
  for (const auto i : tested)
    most = std::max(most, ++counts[images.class_of[i]]);
  return static_cast<double>(most) / static_cast<double>(tested.size());
}

/// Classifies the tested images with entries.
class Tests {
 public:
  Tests(const LabelledImages& images, std::span<const std::size_t> tested, Likeness likeness,
        const LabelledImages& reference)
      : images_(images), tested_(tested), likeness_(likeness), reference_(reference) {
    references_.resize(reference.size());
    std::iota(references_.begin(), references_.end(), std::size_t{0});
  }

  /// How unlike each tested image is to each entry, [image][entry].
  std::vector<float> unlikeness(std::span<const DictionaryEntry> entries) const {
    auto all = differences(images_, entries, images_, tested_);
    if (likeness_ == Likeness::rank)
      rank_differences(all, entries.size(), differences(images_, entries, reference_, references_));
    return all;
  }

  /// With the class that each entry stands for.
  double accuracy(std::span<const std::size_t> decisions, std::span<const std::size_t> classes) const {
    std::size_t correct = 0;
    for (std::size_t i = 0; i < tested_.size(); ++i)
      if (images_.class_of[tested_[i]] == classes[decisions[i]]) ++correct;
    return static_cast<double>(correct) / static_cast<double>(tested_.size());
  }

 private:
  const LabelledImages& images_;
  std::span<const std::size_t> tested_;
  Likeness likeness_;
  const LabelledImages& reference_;
  std::vector<std::size_t> references_;
};

/// The entry with the smallest value of each row; of equals the first.
std::vector<std::size_t> decisions_of(std::span<const float> unlikeness, std::size_t entries) {
  std::vector<std::size_t> found;
  for (std::size_t first = 0; first < unlikeness.size(); first += entries) {
    const auto row = unlikeness.subspan(first, entries);
    found.push_back(static_cast<std::size_t>(std::ranges::min_element(row) - row.begin()));
  }
  return found;
}

/// Of dictionaries of 1, 2, … entries: the one that is given up last is there first.
std::vector<double> pruned_accuracies(std::span<const std::size_t> order, std::span<const float> unlikeness,
                                      std::span<const std::size_t> classes, const Tests& tests) {
  const auto entries = order.size();
  std::vector<std::size_t> best(unlikeness.size() / entries, order.back());
  std::vector<double> accuracies;
  for (auto entry = order.rbegin(); entry != order.rend(); ++entry) {
    for (std::size_t i = 0; i < best.size(); ++i) {
      const float own = unlikeness[i * entries + *entry], least = unlikeness[i * entries + best[i]];
      if (own < least || (own == least && *entry < best[i])) best[i] = *entry;
    }
    accuracies.push_back(tests.accuracy(best, classes));
  }
  return accuracies;
}

}  // namespace

std::vector<std::size_t> drawn_images(const LabelledImages& images, const DictionarySettings& settings,
                                      std::uint64_t choice) {
  Random random(settings.seed, "images of a dictionary", choice);
  std::map<std::pair<std::size_t, std::size_t>, std::size_t> drawn;
  std::vector<std::size_t> chosen;
  for (const auto i : permutation(images.size(), random)) {
    auto& count = drawn[{images.class_of[i], images.band_of[i]}];
    if (count == settings.images_per_cell) continue;
    ++count;
    chosen.push_back(i);
  }
  std::ranges::sort(chosen);
  return chosen;
}

Dictionary make_dictionary(const LabelledImages& images, const SensitivityMap& map,
                           const DictionarySettings& settings, std::uint64_t choice,
                           const LabelledImages& reference) {
  check_dictionary(images, settings);
  Dictionary made;
  const auto chosen = drawn_images(images, settings, choice);
  made.chosen = chosen.size();
  for (std::size_t i = 0; i < images.size(); ++i)
    if (!std::ranges::binary_search(chosen, i)) made.tested.push_back(i);
  if (made.tested.empty())
    throw DataError(
        fmt::format("dictionary: all {} images were drawn for it and none is left to test", images.size()));
  for (const auto i : chosen) {
    auto part =
        sensitive_part(map(i), images.pixels_per_image(), settings.threshold, settings.relative_threshold);
    made.area += part.size();
    if (!part.empty()) made.entries.push_back({i, std::move(part)});
  }
  if (made.entries.empty())
    throw NoParts(fmt::format(
        "dictionary: none of {} images has a part above the threshold of the sensitivity", chosen.size()));

  const Tests tests(images, made.tested, settings.likeness, reference);
  std::vector<std::size_t> classes, permuted;
  for (const auto& entry : made.entries)
    classes.push_back(images.class_of[entry.image]);
  const auto accuracy_of = [&](std::span<const DictionaryEntry> entries) {
    return tests.accuracy(decisions_of(tests.unlikeness(entries), entries.size()), classes);
  };

  const auto unlikeness = tests.unlikeness(made.entries);
  const auto decisions = decisions_of(unlikeness, made.entries.size());
  for (const auto entry : decisions)
    made.predicted.push_back(classes[entry]);
  auto& accuracies = made.accuracies;
  accuracies.parts = tests.accuracy(decisions, classes);
  accuracies.most_frequent = share_of_most_frequent(images, made.tested);
  made.pruned = pruned_accuracies(pruning_order(images, made.entries), unlikeness, classes, tests);

  Random random(settings.seed, "controls of a dictionary", choice);
  for (const auto i : permutation(classes.size(), random))
    permuted.push_back(classes[i]);
  accuracies.permuted = tests.accuracy(decisions, permuted);

  const auto with = [&](auto&& part_of) {
    auto entries = made.entries;
    for (auto& entry : entries)
      entry.part = part_of(entry.part.size());
    return accuracy_of(entries);
  };
  ImagePart everything(images.pixels_per_image());
  std::iota(everything.begin(), everything.end(), std::uint32_t{0});
  accuracies.whole = with([&](std::size_t) { return everything; });
  std::vector<double> patches, rectangles;
  for (std::size_t draw = 0; draw < settings.random_draws; ++draw) {
    patches.push_back(with([&](std::size_t area) {
      return random_patches(images.width, images.height, area, settings.patch_kx, settings.patch_ky, random);
    }));
    rectangles.push_back(
        with([&](std::size_t area) { return random_rectangle(images.width, images.height, area, random); }));
  }
  if (settings.random_draws > 0) {
    accuracies.patches = mean(patches);
    accuracies.rectangle = mean(rectangles);
  }
  return made;
}

}  // namespace bondscope::ml
