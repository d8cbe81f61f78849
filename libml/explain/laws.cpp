#include "libml/explain/laws.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "libml/explain/cells.hpp"
#include "libml/explain/map_averages.hpp"
#include "libpmd/base/random/random.hpp"

namespace bondscope::ml {
namespace {

/// A copy of the image with the mean image in place of these cells.
std::vector<float> without(std::span<const float> image, std::span<const std::size_t> cell_of,
                           std::initializer_list<std::size_t> cells) {
  std::vector<float> copy(image.begin(), image.end());
  for (std::size_t pixel = 0; pixel < copy.size(); ++pixel)
    if (std::ranges::find(cells, cell_of[pixel]) != cells.end()) copy[pixel] = 0;
  return copy;
}

double distance_of(std::size_t a, std::size_t b, std::size_t along_ky) {
  const auto apart = [](std::size_t i, std::size_t j) {
    return static_cast<double>(i) - static_cast<double>(j);
  };
  return std::hypot(apart(a / along_ky, b / along_ky), apart(a % along_ky, b % along_ky));
}

}  // namespace

BeyondDirect beyond_direct(const SampleSet& samples, std::span<const std::size_t> chosen,
                           std::span<const Explanation> explanations) {
  BeyondDirect found;
  const GuideMaker guides(samples);
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    const auto& sample = samples.samples[chosen[i]];
    const double Up = guides.of(sample.parameters).ponderomotive_energy;
    if (Up == 0) return {};
    const auto kx = cell_centres(sample.extent.kx_min, sample.extent.kx_max, samples.image.width);
    const auto ky = cell_centres(sample.extent.ky_min, sample.extent.ky_max, samples.image.height);
    double all = 0, beyond = 0, pixels = 0;
    for (std::size_t x = 0; x < kx.size(); ++x)
      for (std::size_t y = 0; y < ky.size(); ++y) {
        const double size = std::abs(static_cast<double>(explanations[i].map[x * ky.size() + y]));
        all += size;
        if (kx[x] * kx[x] + ky[y] * ky[y] <= 4 * Up) continue;
        beyond += size;
        pixels += 1;
      }
    const auto count = static_cast<double>(chosen.size());
    if (all > 0) found.map += beyond / all / count;
    found.area += pixels / static_cast<double>(samples.pixels_per_image()) / count;
  }
  return found;
}

PairInteractions pair_interactions(const Model& model, const SampleSet& samples,
                                   std::span<const std::size_t> chosen,
                                   std::span<const Explanation> explanations,
                                   const FaithfulnessSettings& settings, const LoadMonitor& monitor,
                                   std::size_t pairs) {
  const auto cell_of =
      cells_of_pixels(samples.image.width, samples.image.height, settings.cells_kx, settings.cells_ky);
  const auto along_ky = static_cast<std::size_t>(settings.cells_ky);
  const auto cells = static_cast<std::size_t>(settings.cells_kx) * along_ky;
  PairInteractions found;
  for (const double farthest : {1.5, 3.0, 6.0, std::numeric_limits<double>::infinity()})
    found.distances.push_back({farthest});
  std::size_t singles = 0;
  Random random(settings.seed, "pairs of cells");
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    const auto output = explanations[i].output;
    const std::vector<std::size_t> one{chosen[i]};
    const auto image = model.preprocessing().inputs(samples, one);
    const auto answers =
        answers_of(model, model.network().spec().extent ? model.preprocessing().extents(samples, one)
                                                        : std::vector<float>{});
    const auto whole = static_cast<double>(ask(answers, image, 1, output).front());
    for (std::size_t pair = 0; pair < pairs; ++pair) {
      const std::size_t a = random.below(cells);
      const std::size_t b = (a + 1 + random.below(cells - 1)) % cells;
      std::vector<float> copies;
      for (const auto& copy :
           {without(image, cell_of, {a}), without(image, cell_of, {b}), without(image, cell_of, {a, b})})
        copies.insert(copies.end(), copy.begin(), copy.end());
      const auto asked = ask(answers, copies, 3, output);
      const auto without_a = static_cast<double>(asked[0]), without_b = static_cast<double>(asked[1]);
      const double distance = distance_of(a, b, along_ky);
      auto& bin =
          *std::ranges::find_if(found.distances, [&](const auto& d) { return distance <= d.farthest; });
      bin.interaction += std::abs(whole - without_a - without_b + static_cast<double>(asked[2]));
      ++bin.pairs;
      found.single += std::abs(whole - without_a);
      ++singles;
    }
    if (monitor) monitor(i + 1, chosen.size());
  }
  for (auto& bin : found.distances)
    if (bin.pairs > 0) bin.interaction /= static_cast<double>(bin.pairs);
  found.single /= static_cast<double>(std::max<std::size_t>(singles, 1));
  return found;
}

Laws test_laws(const Model& model, const SampleSet& samples, std::span<const std::size_t> chosen,
               std::span<const Explanation> explanations, const FaithfulnessSettings& settings,
               const LoadMonitor& monitor) {
  Laws laws{.beyond = beyond_direct(samples, chosen, explanations),
            .pairs = pair_interactions(model, samples, chosen, explanations, settings, monitor),
            .rings = ring_influences(model, samples, chosen, explanations),
            .halves = half_influence(model, samples, chosen, explanations),
            .fringes = {},
            .parameters = {}};
  if (!model.description.recipe.classes.empty() || explanations.empty()) return laws;
  const auto output = explanations.front().output;
  if (model.description.recipe.targets[output] == "R")
    laws.fringes = fringe_responses(model, samples, chosen, output);
  laws.parameters = parameter_responses(model, samples, output);
  return laws;
}

}  // namespace bondscope::ml
