#pragma once

// Images that look a little like momentum distributions, made without a store: what they show depends on R
// and on the intensity.

#include <algorithm>
#include <cmath>
#include <string>

#include "libml/data/samples.hpp"
#include "libpmd/base/random/random.hpp"

namespace bondscope::ml::testing {

/// `count` images with R in 1 … 8 a.u. and intensities of 1 … 4e14 W/cm². R sets the fringes' distance and
/// where a number of spots are, the intensity how far the signal reaches out.
inline SampleSet invented_samples(std::size_t count, std::uint64_t seed, int width = 128, int height = 64) {
  struct Spot {
    double kx, ky, kx_per_R, ky_per_R, width;
  };
  Random layout(1, "spots of invented samples");
  std::vector<Spot> spots(40);
  for (auto& spot : spots)
    spot = {2 * layout.uniform() - 1, 2 * layout.uniform() - 1, 0.1 * (layout.uniform() - 0.5),
            0.1 * (layout.uniform() - 0.5), 0.03 + 0.05 * layout.uniform()};

  SampleSet samples;
  samples.image.width = width;
  samples.image.height = height;
  samples.source.store = "invented";
  Random random(seed, "invented samples");
  for (std::size_t i = 0; i < count; ++i) {
    Sample sample;
    sample.run = sample.number = i;
    const double R = sample.parameters.R = 1 + 7 * random.uniform();
    const double intensity = sample.parameters.intensity_w_cm2 = 1e14 * (1 + 3 * random.uniform());
    samples.samples.push_back(sample);
    const double reach = 0.5 + 0.4 * (intensity * 1e-14 - 1) / 3;
    for (int x = 0; x < width; ++x)
      for (int y = 0; y < height; ++y) {
        const double kx = 2.0 * (x + 0.5) / width - 1, ky = 2.0 * (y + 0.5) / height - 1;
        const double fringe = std::cos(R * kx + 0.5);
        double value = 160 * std::exp(-(kx * kx + ky * ky) / (reach * reach)) * (0.6 + 0.4 * fringe * fringe);
        for (const auto& spot : spots)
          value += 80 * std::exp(-(std::pow(kx - spot.kx - spot.kx_per_R * R, 2) +
                                   std::pow(ky - spot.ky - spot.ky_per_R * R, 2)) /
                                 (spot.width * spot.width));
        samples.pixels.push_back(static_cast<std::uint8_t>(std::lround(std::clamp(value, 0.0, 255.0))));
      }
  }
  return samples;
}

}  // namespace bondscope::ml::testing
