#include "libml/explain/dictionary.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "libml/data/targets.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/statistics/average.hpp"

namespace bondscope::ml {
namespace {

void check(std::span<const double> edges) {
  const auto descends = [](double a, double b) { return !(a < b); };
  const bool finite = std::ranges::all_of(edges, [](double edge) { return std::isfinite(edge); });
  if (edges.size() < 2 || !finite || std::ranges::adjacent_find(edges, descends) != edges.end())
    throw ConfigError(
        fmt::format("edges of classes: [{}], expected at least two, ascending", fmt::join(edges, ", ")));
}

bool within(std::span<const double> edges, double value) {
  return value >= edges.front() && value <= edges.back();
}

void check(const LabelledImages& images, const DictionarySettings& settings) {
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

std::vector<std::uint32_t> sensitive_part(const std::vector<float>& map, std::size_t pixels,
                                          const DictionarySettings& settings) {
  if (map.size() != pixels || !std::ranges::all_of(map, [](float value) { return std::isfinite(value); }))
    throw DataError(
        fmt::format("a sensitivity map of {} values, expected one finite value for each of {} pixels",
                    map.size(), pixels));
  double limit = settings.threshold;
  if (settings.relative_threshold) limit *= static_cast<double>(*std::ranges::max_element(map));
  std::vector<std::uint32_t> part;
  for (std::size_t i = 0; i < map.size(); ++i)
    if (static_cast<double>(map[i]) > std::max(limit, 0.0)) part.push_back(static_cast<std::uint32_t>(i));
  return part;
}

std::vector<std::size_t> classify_all(const LabelledImages& images, std::span<const DictionaryEntry> entries,
                                      std::span<const std::size_t> tested) {
  std::vector<std::size_t> classes;
  for (const auto i : tested)
    classes.push_back(classify(images, entries, images.image(i)));
  return classes;
}

double accuracy(const LabelledImages& images, std::span<const std::size_t> tested,
                std::span<const std::size_t> predicted) {
  std::size_t correct = 0;
  for (std::size_t i = 0; i < tested.size(); ++i)
    if (images.class_of[tested[i]] == predicted[i]) ++correct;
  return static_cast<double>(correct) / static_cast<double>(tested.size());
}

double share_of_most_frequent(const LabelledImages& images, std::span<const std::size_t> tested) {
  std::map<std::size_t, std::size_t> counts;
  std::size_t most = 0;
  for (const auto i : tested)
    most = std::max(most, ++counts[images.class_of[i]]);
  return static_cast<double>(most) / static_cast<double>(tested.size());
}

/// Up to `images_per_cell` images of every class and band, drawn at random; ascending.
std::vector<std::size_t> draw_images(const LabelledImages& images, const DictionarySettings& settings) {
  Random random(settings.seed, "images of a dictionary");
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

}  // namespace

LabelledImages label_images(const SampleSet& samples, std::span<const std::size_t> chosen,
                            std::span<const double> classes, std::span<const double> bands) {
  check(classes);
  check(bands);
  check_positions(samples, chosen);
  LabelledImages labelled;
  labelled.width = samples.image.width;
  labelled.height = samples.image.height;
  for (const auto i : chosen) {
    const auto& parameters = samples.samples[i].parameters;
    const double R = target("R").value(parameters), intensity = target("intensity").value(parameters);
    if (!within(classes, R) || !within(bands, intensity)) continue;
    const auto image = samples.image_of(i);
    labelled.pixels.insert(labelled.pixels.end(), image.begin(), image.end());
    labelled.class_of.push_back(class_of(R, classes));
    labelled.band_of.push_back(class_of(intensity, bands));
    labelled.sample.push_back(i);
  }
  if (labelled.size() == 0)
    throw DataError(samples.source.store +
                    ": no sample has an R in the classes and an intensity in the bands asked for");
  return labelled;
}

SensitivityMap occlusion_maps(ClassScores scores, int width, int height, const OcclusionSettings& settings) {
  return [=, scores = std::move(scores)](std::span<const std::uint8_t> image, std::size_t class_of) {
    return occlusion_map(scores, image, width, height, class_of, settings);
  };
}

std::size_t classify(const LabelledImages& images, std::span<const DictionaryEntry> entries,
                     std::span<const std::uint8_t> image) {
  if (entries.empty()) throw DataError("the dictionary is empty");
  const DictionaryEntry* best = nullptr;
  double smallest = 0;
  for (const auto& entry : entries) {
    const auto known = images.image(entry.image);
    std::uint64_t sum = 0;
    for (const auto pixel : entry.part) {
      const int difference = known[pixel] - image[pixel];
      sum += static_cast<std::uint64_t>(difference * difference);
    }
    const double mean = static_cast<double>(sum) / static_cast<double>(entry.part.size());
    if (best != nullptr && !(mean < smallest)) continue;
    best = &entry;
    smallest = mean;
  }
  return images.class_of[best->image];
}

std::vector<std::uint32_t> random_part(int width, int height, std::size_t area,
                                       const DictionarySettings& settings, Random& random) {
  const auto rows = static_cast<std::size_t>(width), columns = static_cast<std::size_t>(height);
  const auto patch_kx = static_cast<std::size_t>(settings.patch_kx);
  const auto patch_ky = static_cast<std::size_t>(settings.patch_ky);
  area = std::min(area, rows * columns);
  std::vector<bool> taken(rows * columns);
  std::size_t count = 0;
  while (count < area) {
    // Corners from outside the image, too: otherwise its rim would be taken less often.
    const std::size_t kx = random.below(rows + patch_kx - 1), ky = random.below(columns + patch_ky - 1);
    for (std::size_t x = kx + 1 - std::min(kx + 1, patch_kx); x < std::min(kx + 1, rows); ++x)
      for (std::size_t y = ky + 1 - std::min(ky + 1, patch_ky); y < std::min(ky + 1, columns); ++y)
        if (count < area && !taken[x * columns + y]) {
          taken[x * columns + y] = true;
          ++count;
        }
  }
  std::vector<std::uint32_t> part;
  for (std::size_t i = 0; i < taken.size(); ++i)
    if (taken[i]) part.push_back(static_cast<std::uint32_t>(i));
  return part;
}

DictionaryResult make_dictionary(const LabelledImages& images, const SensitivityMap& map,
                                 const DictionarySettings& settings, const LoadMonitor& monitor) {
  check(images, settings);
  DictionaryResult result;
  const auto chosen = draw_images(images, settings);
  result.chosen = chosen.size();
  for (std::size_t i = 0; i < images.size(); ++i)
    if (!std::ranges::binary_search(chosen, i)) result.tested.push_back(i);
  if (result.tested.empty())
    throw DataError(
        fmt::format("dictionary: all {} images were drawn for it and none is left to test", images.size()));
  std::size_t done = 0;
  const auto report = [&] {
    if (monitor) monitor(++done, chosen.size() + settings.random_draws);
  };

  for (const auto i : chosen) {
    auto part = sensitive_part(map(images.image(i), images.class_of[i]), images.pixels_per_image(), settings);
    result.area += part.size();
    if (part.empty())
      ++result.without_part;
    else
      result.entries.push_back({i, std::move(part)});
    report();
  }
  if (result.entries.empty())
    throw DataError(fmt::format(
        "dictionary: none of {} images has a part above the threshold of the sensitivity", chosen.size()));
  result.predicted = classify_all(images, result.entries, result.tested);
  result.accuracy = accuracy(images, result.tested, result.predicted);
  result.most_frequent = share_of_most_frequent(images, result.tested);

  for (std::size_t draw = 0; draw < settings.random_draws; ++draw) {
    Random random(settings.seed, "random parts", draw);
    auto entries = result.entries;
    for (auto& entry : entries)
      entry.part = random_part(images.width, images.height, entry.part.size(), settings, random);
    result.random_accuracies.push_back(
        accuracy(images, result.tested, classify_all(images, entries, result.tested)));
    report();
  }
  if (const auto& all = result.random_accuracies; !all.empty()) {
    result.random_mean = mean(all);
    result.random_low = *std::ranges::min_element(all);
    result.random_high = *std::ranges::max_element(all);
  }
  return result;
}

}  // namespace bondscope::ml
