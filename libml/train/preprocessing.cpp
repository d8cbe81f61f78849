#include "libml/train/preprocessing.hpp"

#include <cmath>

#include <fmt/format.h>

#include "libpmd/base/error.hpp"
#include "libpmd/base/text/number.hpp"

namespace bondscope::ml {
namespace {

TargetScaling standardise(const std::vector<double>& values, std::size_t targets, std::size_t index,
                          const std::string& name) {
  double sum = 0, squares = 0;
  const double n = static_cast<double>(values.size() / targets);
  for (std::size_t i = index; i < values.size(); i += targets)
    sum += values[i];
  const double mean = sum / n;
  for (std::size_t i = index; i < values.size(); i += targets)
    squares += (values[i] - mean) * (values[i] - mean);
  const double deviation = std::sqrt(squares / n);
  if (!(deviation > 0))
    throw DataError(
        fmt::format("all training samples have the same {} ({}): there is nothing to learn about it", name,
                    format_number(mean)));
  return {.offset = mean, .scale = deviation};
}

std::array<double, extent_inputs> edges_of(const Sample& sample, Mirrors mirrors = {}) {
  const auto e = mirrored(sample.extent, mirrors);
  return {e.kx_min, e.kx_max, e.ky_min, e.ky_max};
}

std::array<TargetScaling, extent_inputs> scale_extents(const SampleSet& samples,
                                                       std::span<const std::size_t> train) {
  std::array<TargetScaling, extent_inputs> scaling;
  const double n = static_cast<double>(train.size());
  for (std::size_t edge = 0; edge < scaling.size(); ++edge) {
    double sum = 0, squares = 0;
    for (const auto sample : train)
      sum += edges_of(samples.samples[sample])[edge];
    for (const auto sample : train) {
      const double deviation = edges_of(samples.samples[sample])[edge] - sum / n;
      squares += deviation * deviation;
    }
    // An edge that is the same in all images says nothing, and is no reason to divide by zero.
    const double deviation = std::sqrt(squares / n);
    scaling[edge] = {.offset = sum / n, .scale = deviation > 1e-9 ? deviation : 1.0};
  }
  return scaling;
}

template <class Pixel>
std::vector<Pixel> mirrored(std::span<const Pixel> image, int height, Mirrors mirrors) {
  std::vector<Pixel> copy(image.begin(), image.end());
  mirror(std::span(copy), static_cast<std::size_t>(height), mirrors);
  return copy;
}

template <class Pixel>
void scale(std::span<const Pixel> image, const std::vector<float>& mean_image, double by,
           std::span<float> input) {
  const auto factor = static_cast<float>(by);
  if (mean_image.empty())
    for (std::size_t i = 0; i < image.size(); ++i)
      input[i] = static_cast<float>(image[i]) * factor;
  else
    for (std::size_t i = 0; i < image.size(); ++i)
      input[i] = (static_cast<float>(image[i]) - mean_image[i]) * factor;
}

}  // namespace

double white(const ImageSettings& image) {
  if (image.values == PixelValues::bytes) return 255;
  return image.scale == Scale::log ? -image.floor : 1;
}

Preprocessing Preprocessing::fit(const Recipe& recipe, const SampleSet& samples,
                                 std::span<const std::size_t> train) {
  Preprocessing p;
  p.pixel_max = recipe.preprocessing.pixel_max;
  if (recipe.preprocessing.subtract_mean_image) {
    std::vector<double> sum(samples.pixels_per_image(), 0.0);
    for (const auto sample : train) {
      const auto add = [&](const auto& image) {
        for (std::size_t i = 0; i < sum.size(); ++i)
          sum[i] += static_cast<double>(image[i]);
      };
      samples.has_floats() ? add(samples.floats_of(sample)) : add(samples.image_of(sample));
    }
    for (const double s : sum)
      p.mean_image.push_back(static_cast<float>(s / static_cast<double>(train.size())));
  }
  if (recipe.network.extent) p.extent = scale_extents(samples, train);
  const auto values = target_values(recipe, samples, train);
  for (std::size_t t = 0; t < recipe.targets.size(); ++t)
    p.targets.push_back(recipe.preprocessing.target_scaling == "standard" && recipe.classes.empty()
                            ? standardise(values, recipe.targets.size(), t, recipe.targets[t])
                            : TargetScaling{});
  return p;
}

std::vector<float> Preprocessing::inputs(const SampleSet& samples, std::span<const std::size_t> chosen,
                                         Mirrors mirrors) const {
  const std::size_t size = samples.pixels_per_image();
  std::vector<float> inputs(chosen.size() * size);
  for (std::size_t i = 0; i < chosen.size(); ++i)
    input(samples, chosen[i], std::span(inputs).subspan(i * size, size), mirrors);
  return inputs;
}

void Preprocessing::input(const SampleSet& samples, std::size_t sample, std::span<float> input,
                          Mirrors mirrors) const {
  const auto take = [&](auto image) {
    const double factor = pixel_max / white(samples.image);
    if (!mirrors.any()) return scale(image, mean_image, factor, input);
    const auto copy = mirrored(image, samples.image.height, mirrors);
    scale(std::span(copy), mean_image, factor, input);
  };
  samples.has_floats() ? take(samples.floats_of(sample)) : take(samples.image_of(sample));
}

std::vector<float> Preprocessing::extents(const SampleSet& samples, std::span<const std::size_t> chosen,
                                          Mirrors mirrors) const {
  std::vector<float> scaled;
  scaled.reserve(chosen.size() * extent.size());
  for (const auto sample : chosen) {
    const auto edges = edges_of(samples.samples[sample], mirrors);
    for (std::size_t edge = 0; edge < edges.size(); ++edge)
      scaled.push_back(static_cast<float>((edges[edge] - extent[edge].offset) / extent[edge].scale));
  }
  return scaled;
}

std::vector<double> target_values(const Recipe& recipe, const SampleSet& samples,
                                  std::span<const std::size_t> chosen) {
  std::vector<double> values;
  values.reserve(chosen.size() * recipe.targets.size());
  const auto wanted = targets(recipe.targets, samples.source.declared);
  for (const auto& of : wanted)
    expect_known(samples, chosen, of.parameter);
  for (const auto sample : chosen)
    for (const auto& of : wanted) {
      const double value = of.value(samples.samples[sample].parameters);
      try {
        values.push_back(recipe.classes.empty() ? value
                                                : static_cast<double>(class_of(value, recipe.classes)));
      } catch (const DataError& error) {
        throw DataError(fmt::format("{}: run {}: its {} = {}", samples.source.store,
                                    samples.samples[sample].number, of.name, error.what()));
      }
    }
  return values;
}

}  // namespace bondscope::ml
