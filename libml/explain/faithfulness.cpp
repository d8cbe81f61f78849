#include "libml/explain/faithfulness.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include <fmt/format.h>

#include "libml/explain/cells.hpp"
#include "libml/explain/pixels.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/random/box_muller.hpp"
#include "libpmd/base/random/random.hpp"
#include "libpmd/base/statistics/average.hpp"

namespace bondscope::ml {
namespace {

/// Ranks from 0, of equals their mean.
std::vector<double> ranks_of(std::span<const double> values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&](std::size_t i) { return values[i]; });
  std::vector<double> ranks(values.size());
  for (std::size_t first = 0; first < order.size();) {
    std::size_t last = first;
    while (last + 1 < order.size() && values[order[last + 1]] == values[order[first]])
      ++last;
    for (std::size_t i = first; i <= last; ++i)
      ranks[order[i]] = static_cast<double>(first + last) / 2;
    first = last + 1;
  }
  return ranks;
}

/// Mean of |f - whole| over shares of the cells deleted, 0 to 1, by the trapezoidal rule.
double area_of(const std::vector<float>& answers, double whole) {
  double sum = 0;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    const double weight = i == 0 || i + 1 == answers.size() ? 0.5 : 1;
    sum += weight * std::abs(static_cast<double>(answers[i]) - whole);
  }
  return sum / static_cast<double>(answers.size() - 1);
}

/// Answers when 0, 1/steps, … 1 of the cells in this order are deleted.
class Deletion {
 public:
  Deletion(const Answers& answers, std::span<const float> image, int width, int height, std::size_t output,
           const FaithfulnessSettings& settings)
      : answers_(answers),
        image_(image),
        output_(output),
        settings_(settings),
        cells_(cells_of_pixels(width, height, settings.cells_kx, settings.cells_ky)) {}

  std::vector<float> operator()(std::span<const std::size_t> order) const {
    std::vector<std::size_t> place(order.size());
    for (std::size_t i = 0; i < order.size(); ++i)
      place[order[i]] = i;
    const auto steps = static_cast<std::size_t>(settings_.steps);
    std::vector<float> copies;
    copies.reserve((steps + 1) * image_.size());
    for (std::size_t step = 0; step <= steps; ++step) {
      const std::size_t deleted = step * order.size() / steps;
      for (std::size_t i = 0; i < image_.size(); ++i)
        copies.push_back(place[cells_[i]] < deleted ? 0 : image_[i]);
    }
    return ask(answers_, copies, steps + 1, output_);
  }

 private:
  const Answers& answers_;
  std::span<const float> image_;
  std::size_t output_;
  const FaithfulnessSettings& settings_;
  std::vector<std::size_t> cells_;
};

void check_faithfulness(const FaithfulnessSettings& settings, int width, int height) {
  if (settings.cells_kx < 2 || settings.cells_kx > width || settings.cells_ky < 1 ||
      settings.cells_ky > height || settings.steps < 2 || settings.random_orders < 1)
    throw ConfigError(fmt::format(
        "faithfulness: {} x {} cells, {} steps and {} random orders do not fit images of "
        "{} x {} pixels",
        settings.cells_kx, settings.cells_ky, settings.steps, settings.random_orders, width, height));
}

/// Inputs with noise of so many grey levels.
std::vector<float> with_noise(const Model& model, std::span<const float> image, double levels,
                              Random& random) {
  const double scale = levels / 255 * model.preprocessing().pixel_max;
  std::vector<float> noisy(image.begin(), image.end());
  for (auto& value : noisy)
    value += static_cast<float>(scale * box_muller(random));
  return noisy;
}

std::vector<float> mirrored_along_ky(std::vector<float> map, std::size_t height) {
  mirror(std::span(map), height, {.along_kx = false, .along_ky = true});
  return map;
}

void expect_one_each(std::span<const std::size_t> chosen, std::span<const Explanation> explanations) {
  if (chosen.size() != explanations.size())
    throw DataError(fmt::format("{} explanations of {} samples, expected one of each", explanations.size(),
                                chosen.size()));
}

}  // namespace

double rank_correlation(std::span<const double> a, std::span<const double> b) {
  if (a.size() != b.size() || a.size() < 2)
    throw DataError("a rank correlation needs two lists of the same length, at least two");
  const auto finite = [](double value) { return std::isfinite(value); };
  if (!std::ranges::all_of(a, finite) || !std::ranges::all_of(b, finite))
    throw DataError("a rank correlation needs finite numbers");
  const auto x = ranks_of(a), y = ranks_of(b);
  const double middle = (static_cast<double>(a.size()) - 1) / 2;
  double xx = 0, yy = 0, xy = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    xx += (x[i] - middle) * (x[i] - middle);
    yy += (y[i] - middle) * (y[i] - middle);
    xy += (x[i] - middle) * (y[i] - middle);
  }
  return xx > 0 && yy > 0 ? xy / std::sqrt(xx * yy) : 0;
}

double likeness_of_maps(std::span<const float> a, std::span<const float> b, int width, int height,
                        const FaithfulnessSettings& settings) {
  return rank_correlation(in_cells(a, width, height, settings.cells_kx, settings.cells_ky, true),
                          in_cells(b, width, height, settings.cells_kx, settings.cells_ky, true));
}

DeletionCurves deletion_curves(const Answers& answers, std::span<const float> image, int width, int height,
                               std::size_t output, std::span<const float> map,
                               const FaithfulnessSettings& settings) {
  check_faithfulness(settings, width, height);
  const auto importance = in_cells(map, width, height, settings.cells_kx, settings.cells_ky, true);
  std::vector<std::size_t> order(importance.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, std::ranges::greater{}, [&](std::size_t cell) { return importance[cell]; });
  const Deletion answers_without(answers, image, width, height, output, settings);
  DeletionCurves curves;
  const auto deleted = answers_without(order);
  const auto whole = static_cast<double>(deleted.front());
  curves.deletion = area_of(deleted, whole);
  std::ranges::reverse(order);
  curves.insertion = area_of(answers_without(order), whole);
  Random random(settings.seed, "orders of deletion");
  for (int i = 0; i < settings.random_orders; ++i)
    curves.random +=
        area_of(answers_without(permutation(order.size(), random)), whole) / settings.random_orders;
  return curves;
}

std::vector<std::string> layers_from_above(const NetworkSpec& spec) {
  std::vector<std::string> layers{"output"};
  if (spec.hidden > 0) layers.emplace_back("hidden");
  for (int block = spec.blocks; block >= 1; --block)
    layers.push_back("block" + std::to_string(block));
  return layers;
}

Model with_random_layers(const Model& model, std::size_t layers) {
  const auto& recipe = model.description.recipe;
  auto names = layers_from_above(recipe.network);
  names.resize(std::min(layers, names.size()));
  const Network drawn(recipe.network, recipe.seed + 1'000'003, Device::cpu);
  const auto fresh = drawn.arrays();
  auto arrays = model.network().arrays();
  for (std::size_t i = 0; i < arrays.size(); ++i) {
    const auto& name = arrays[i].name;
    const auto is_of = [&](const std::string& layer) {
      return name.starts_with(layer + ".") || name.find("." + layer + ".") != std::string::npos;
    };
    if (std::ranges::any_of(names, is_of)) arrays[i] = fresh[i];
  }
  auto changed = model;
  changed.method =
      make_method(model.description, kept_arrays(std::move(arrays), model.preprocessing(), recipe.image),
                  model.network().device());
  return changed;
}

double agreement(std::span<const Explanation> explanations, const Model& other, const SampleSet& samples,
                 std::span<const std::size_t> chosen, const ExplanationSettings& explanation,
                 const FaithfulnessSettings& settings, const LoadMonitor& monitor) {
  expect_one_each(chosen, explanations);
  std::vector<double> likeness;
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    const auto its = explain(other, samples, chosen[i], explanations[i].output, explanation);
    likeness.push_back(
        likeness_of_maps(explanations[i].map, its.map, samples.image.width, samples.image.height, settings));
    if (monitor) monitor(i + 1, chosen.size());
  }
  return mean(likeness);
}

FaithfulnessScores test_faithfulness(const Model& model, const SampleSet& samples,
                                     std::span<const std::size_t> chosen,
                                     std::span<const Explanation> explanations,
                                     const ExplanationSettings& explanation,
                                     const FaithfulnessSettings& settings, const LoadMonitor& monitor) {
  expect_one_each(chosen, explanations);
  const int width = samples.image.width, height = samples.image.height;
  const auto layers = layers_from_above(model.network().spec()).size();
  std::vector<Model> randomised;
  for (std::size_t i = 1; i <= layers; ++i)
    randomised.push_back(with_random_layers(model, i));
  FaithfulnessScores scores{.images = chosen.size(), .randomised = std::vector<double>(layers)};
  const auto count = static_cast<double>(chosen.size());
  double missing = 0, change = 0;
  std::vector<double> symmetry;
  Random random(settings.seed, "noise of faithfulness");
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    const std::vector<std::size_t> one{chosen[i]};
    const auto image = model.preprocessing().inputs(samples, one);
    const auto extent =
        model.network().spec().extent ? model.preprocessing().extents(samples, one) : std::vector<float>{};
    const auto& found = explanations[i];
    const auto output = found.output;
    const auto answers = answers_of(model, extent);
    const auto curves = deletion_curves(answers, image, width, height, output, found.map, settings);
    scores.curves.deletion += curves.deletion / count;
    scores.curves.insertion += curves.insertion / count;
    scores.curves.random += curves.random / count;
    const double sum = std::accumulate(found.map.begin(), found.map.end(), 0.0);
    missing += std::abs(sum - (found.answer - found.baseline));
    change += std::abs(found.answer - found.baseline);
    const auto likeness_to = [&](const std::vector<float>& map) {
      return likeness_of_maps(found.map, map, width, height, settings);
    };
    const auto noisy = with_noise(model, image, settings.noise, random);
    scores.stability += likeness_to(explain(model, noisy, extent, output, explanation).map) / count;
    if (is_symmetric(samples, chosen[i]))
      symmetry.push_back(likeness_to(mirrored_along_ky(found.map, static_cast<std::size_t>(height))));
    for (std::size_t layer = 0; layer < layers; ++layer)
      scores.randomised[layer] +=
          likeness_to(explain(randomised[layer], image, extent, output, explanation).map) / count;
    if (monitor) monitor(i + 1, chosen.size());
  }
  constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
  scores.incompleteness = sums_up(explanation.method) && change > 0 ? missing / change : unknown;
  scores.symmetry = symmetry.empty() ? unknown : mean(symmetry);
  return scores;
}

}  // namespace bondscope::ml
