#pragma once

// A small model and a calibration of it, for the target calibration and its seeds.

#include <numeric>

#include "libml/predict/calibration_content.hpp"
#include "libpmd/base/random/random.hpp"

namespace bondscope::fuzz {

inline ml::ModelDescription invented_model() {
  ml::ModelDescription model;
  model.recipe.targets = {"R"};
  model.recipe.image.width = 6;
  model.recipe.image.height = 4;
  model.train.resize(12);
  return model;
}

inline ml::SampleSet invented_images(std::size_t count) {
  ml::SampleSet samples;
  samples.image = invented_model().recipe.image;
  samples.samples.resize(count);
  Random random(1, "invented images");
  for (std::size_t i = 0; i < count * samples.pixels_per_image(); ++i)
    samples.pixels.push_back(static_cast<std::uint8_t>(random.below(256)));
  return samples;
}

inline ml::CalibrationContent invented_calibration() {
  const auto samples = invented_images(12);
  std::vector<std::size_t> all(samples.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  std::vector<std::int64_t> runs(all.begin(), all.end());
  std::vector<double> truths(all.begin(), all.end());
  ml::CalibrationContent content{.evidence = {.targets = 1,
                                              .periods = {0},
                                              .answers = truths,
                                              .truths = truths,
                                              .electrons = {},
                                              .distances = {}},
                                 .strangeness = {},
                                 .traits = std::vector<ml::Traits>(12),
                                 .known = ml::KnownRuns(samples, all, runs, truths, 1)};
  content.evidence.electrons.assign(12, 0);
  content.evidence.distances.assign(12, 1);
  for (auto& answer : content.evidence.answers)
    answer += 0.1;
  for (const double answer : content.evidence.answers)
    content.evidence.peaks.push_back({{{answer}, {0.01}, 0}, {{answer + 1}, {0.01}, 1}});
  for (const auto& place : content.known.places(samples, all, 1))
    content.strangeness.push_back(place.strangeness);
  return content;
}

}  // namespace bondscope::fuzz
