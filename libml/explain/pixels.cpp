#include "libml/explain/pixels.hpp"

#include <algorithm>
#include <cmath>

namespace bondscope::ml {

std::vector<float> pixels_of(const SampleSet& samples, std::size_t sample) {
  if (samples.has_floats()) {
    const auto image = samples.floats_of(sample);
    return {image.begin(), image.end()};
  }
  const auto image = samples.image_of(sample);
  return {image.begin(), image.end()};
}

std::vector<float> probability_of(std::vector<float> pixels, const ImageSettings& image) {
  for (auto& pixel : pixels) {
    const double value = static_cast<double>(pixel);
    if (image.scale == Scale::power)
      pixel = static_cast<float>(std::pow(std::max(value, 0.0), 1 / image.exponent));
    else
      pixel = static_cast<float>(
          std::pow(10, image.values == PixelValues::bytes ? -image.floor * (value / 255 - 1) : value));
  }
  return pixels;
}

bool is_symmetric(const SampleSet& samples, std::size_t sample) {
  return samples.image.view == View::plane && std::sin(samples.samples[sample].parameters.angle) == 0;
}

}  // namespace bondscope::ml
