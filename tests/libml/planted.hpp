#pragma once

// Images in which only a square tells R, and tiny networks that have learned it.

#include <cstdint>
#include <string>
#include <vector>

#include "libml/train/model_folder.hpp"
#include "libpmd/base/random/random.hpp"
#include "tests/libml/trained.hpp"

namespace bondscope::ml::testing {

inline constexpr int width = 32, height = 16;
inline constexpr std::size_t planted_kx = 20, planted_ky = 8, planted = 4;

/// Noise of 30 grey levels, but for a square whose grey level is R; on momenta from -2 to 2 and -1 to 1.
inline SampleSet planted_samples(std::size_t count) {
  SampleSet samples;
  samples.image.width = width;
  samples.image.height = height;
  samples.source.store = "planted";
  Random random(1, "planted");
  for (std::size_t i = 0; i < count; ++i) {
    Sample sample;
    sample.run = sample.number = i;
    sample.parameters.R = 1 + 7 * random.uniform();
    sample.parameters.intensity_w_cm2 = 1e14 * (1 + 3 * random.uniform());
    sample.extent = {-2, 2, -1, 1};
    sample.roots = {i + 1};
    samples.samples.push_back(sample);
    for (std::size_t x = 0; x < width; ++x)
      for (std::size_t y = 0; y < height; ++y) {
        const bool inside =
            x >= planted_kx && x < planted_kx + planted && y >= planted_ky && y < planted_ky + planted;
        samples.pixels.push_back(inside ? static_cast<std::uint8_t>(30 * sample.parameters.R)
                                        : static_cast<std::uint8_t>(random.below(30)));
      }
  }
  return samples;
}

struct Trained {
  TemporaryFolder folder;
  SampleSet samples = planted_samples(80);

  Model model(const std::vector<std::string>& changes) {
    std::vector<std::string> all{"network.blocks=2", "training.epochs=25"};
    all.insert(all.end(), changes.begin(), changes.end());
    train_tiny(folder / "m", samples, tiny(all));
    return load_model(folder / "m", Weights::best, Device::cpu);
  }
};

}  // namespace bondscope::ml::testing
