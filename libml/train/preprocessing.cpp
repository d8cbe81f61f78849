#include "libml/train/preprocessing.hpp"

#include <cmath>

#include "libtdse/base/error.hpp"

namespace ml {
namespace {

constexpr double white = 255;  // grey level of the maximum in a SampleSet

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
    throw tdse::DataError("all training samples have the same " + name + " (" + tdse::format_number(mean) +
                          "): there is nothing to learn about it");
  return {.offset = mean, .scale = deviation};
}

}  // namespace

Preprocessing Preprocessing::fit(const Recipe& recipe, const SampleSet& samples,
                                 std::span<const std::size_t> train) {
  Preprocessing p;
  p.pixel_max = recipe.preprocessing.pixel_max;
  if (recipe.preprocessing.subtract_mean_image) {
    std::vector<double> sum(samples.pixels_per_image(), 0.0);
    for (const auto sample : train) {
      const auto image = samples.image_of(sample);
      for (std::size_t i = 0; i < sum.size(); ++i)
        sum[i] += static_cast<double>(image[i]);
    }
    for (const double s : sum)
      p.mean_image.push_back(static_cast<float>(s / static_cast<double>(train.size())));
  }
  const auto values = target_values(recipe, samples, train);
  for (std::size_t t = 0; t < recipe.targets.size(); ++t)
    p.targets.push_back(recipe.preprocessing.target_scaling == "standard"
                            ? standardise(values, recipe.targets.size(), t, recipe.targets[t])
                            : TargetScaling{});
  return p;
}

std::vector<float> Preprocessing::inputs(const SampleSet& samples,
                                         std::span<const std::size_t> chosen) const {
  const std::size_t size = samples.pixels_per_image();
  const float factor = static_cast<float>(pixel_max / white);
  std::vector<float> inputs(chosen.size() * size);
  float* out = inputs.data();
  for (const auto sample : chosen) {
    const auto image = samples.image_of(sample);
    for (std::size_t i = 0; i < size; ++i)
      *out++ = (static_cast<float>(image[i]) - (mean_image.empty() ? 0.0f : mean_image[i])) * factor;
  }
  return inputs;
}

std::vector<double> target_values(const Recipe& recipe, const SampleSet& samples,
                                  std::span<const std::size_t> chosen) {
  std::vector<double> values;
  values.reserve(chosen.size() * recipe.targets.size());
  for (const auto sample : chosen)
    for (const auto& name : recipe.targets)
      values.push_back(target(name).value(samples.samples[sample].parameters));
  return values;
}

}  // namespace ml
