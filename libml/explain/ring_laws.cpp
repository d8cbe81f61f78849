// The laws of laws.hpp that hide large parts of an image.

#include <array>
#include <cmath>
#include <limits>

#include "libml/explain/answers.hpp"
#include "libml/explain/laws.hpp"
#include "libml/explain/map_averages.hpp"
#include "libml/explain/pixels.hpp"

namespace bondscope::ml {
namespace {

constexpr std::array ring_edges{0.0, 0.5, 1.0, 1.5, 2.0, std::numeric_limits<double>::infinity()};

/// What the model answers for copies of one image.
class Asker {
 public:
  Asker(const Model& model, const SampleSet& samples, std::size_t sample, std::size_t output)
      : image_(model.preprocessing().inputs(samples, std::vector<std::size_t>{sample})), output_(output) {
    std::vector<float> extent;
    if (model.network().spec().extent)
      extent = model.preprocessing().extents(samples, std::vector<std::size_t>{sample});
    answers_ = answers_of(model, std::move(extent));
  }
  double whole() const { return static_cast<double>(ask(answers_, image_, 1, output_).front()); }
  /// With the mean image in place of the pixels for which `hidden(kx, ky)` is true.
  template <class Hidden>
  double without(std::size_t height, const Hidden& hidden) const {
    auto copy = image_;
    for (std::size_t i = 0; i < copy.size(); ++i)
      if (hidden(i / height, i % height)) copy[i] = 0;
    return static_cast<double>(ask(answers_, copy, 1, output_).front());
  }

 private:
  std::vector<float> image_;
  std::size_t output_;
  Answers answers_;
};

}  // namespace

std::vector<RingInfluence> ring_influences(const Model& model, const SampleSet& samples,
                                           std::span<const std::size_t> chosen,
                                           std::span<const Explanation> explanations) {
  std::vector<RingInfluence> rings;
  for (std::size_t ring = 0; ring + 1 < ring_edges.size(); ++ring)
    rings.push_back({.from = ring_edges[ring], .to = ring_edges[ring + 1]});
  const GuideMaker guides(samples);
  const auto height = static_cast<std::size_t>(samples.image.height);
  const auto count = static_cast<double>(chosen.size());
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    const auto& sample = samples.samples[chosen[i]];
    const double border = 2 * std::sqrt(guides.of(sample.parameters).ponderomotive_energy);
    if (border == 0) return {};
    const auto kx = cell_centres(sample.extent.kx_min, sample.extent.kx_max, samples.image.width);
    const auto ky = cell_centres(sample.extent.ky_min, sample.extent.ky_max, samples.image.height);
    const Asker asker(model, samples, chosen[i], explanations[i].output);
    const double whole = asker.whole();
    for (auto& ring : rings) {
      std::size_t pixels = 0;
      const double without = asker.without(height, [&](std::size_t x, std::size_t y) {
        const double size = std::hypot(kx[x], ky[y]) / border;
        const bool inside = size >= ring.from && size < ring.to;
        pixels += inside ? 1 : 0;
        return inside;
      });
      ring.effect += std::abs(whole - without) / count;
      ring.area += static_cast<double>(pixels) / static_cast<double>(samples.pixels_per_image()) / count;
    }
  }
  return rings;
}

HalfInfluence half_influence(const Model& model, const SampleSet& samples,
                             std::span<const std::size_t> chosen, std::span<const Explanation> explanations) {
  HalfInfluence found;
  const auto height = static_cast<std::size_t>(samples.image.height);
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    if (!is_symmetric(samples, chosen[i])) continue;
    const Asker asker(model, samples, chosen[i], explanations[i].output);
    const double whole = asker.whole();
    const double lower = asker.without(height, [&](std::size_t, std::size_t y) { return y < height / 2; });
    const double upper = asker.without(height, [&](std::size_t, std::size_t y) { return y >= height / 2; });
    found.effect += (std::abs(whole - lower) + std::abs(whole - upper)) / 2;
    found.difference += std::abs(lower - upper);
    ++found.images;
  }
  if (found.images > 0)
    for (auto* sum : {&found.effect, &found.difference})
      *sum /= static_cast<double>(found.images);
  return found;
}

}  // namespace bondscope::ml
