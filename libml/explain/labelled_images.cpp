#include "libml/explain/labelled_images.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "libml/data/targets.hpp"
#include "libpmd/base/error.hpp"

namespace bondscope::ml {

Intervals::Intervals(std::vector<double> edges) : edges_(std::move(edges)) {
  const auto descends = [](double a, double b) { return !(a < b); };
  const bool finite = std::ranges::all_of(edges_, [](double edge) { return std::isfinite(edge); });
  if (edges_.size() >= 2 && finite && std::ranges::adjacent_find(edges_, descends) == edges_.end()) return;
  throw ConfigError(
      fmt::format("edges of intervals: [{}], expected at least two, ascending", fmt::join(edges_, ", ")));
}

std::size_t Intervals::operator()(double value) const {
  if (value == edges_.back()) return size() - 1;
  if (!(value >= edges_.front() && value < edges_.back())) return none;
  return static_cast<std::size_t>(std::ranges::upper_bound(edges_, value) - edges_.begin()) - 1;
}

Intervals paper_classes() {
  return Intervals({1, 2, 3, 4, 5, 6, 7, 8});
}

Intervals paper_bands() {
  return Intervals({1, 2, 3, 4});
}

LabelledImages label_images(const SampleSet& samples, std::span<const std::size_t> chosen,
                            const Intervals& classes, const Intervals& bands) {
  LabelledImages labelled;
  labelled.width = samples.image.width;
  labelled.height = samples.image.height;
  for (const auto i : chosen) {
    if (i >= samples.size())
      throw DataError(
          fmt::format("{}: there is no sample {} among its {}", samples.source.store, i, samples.size()));
    const auto& parameters = samples.samples[i].parameters;
    const auto number = classes(target("R").value(parameters));
    const auto band = bands(target("intensity").value(parameters));
    if (number == Intervals::none || band == Intervals::none) continue;
    const auto image = samples.image_of(i);
    labelled.pixels.insert(labelled.pixels.end(), image.begin(), image.end());
    labelled.class_of.push_back(number);
    labelled.band_of.push_back(band);
    labelled.sample.push_back(i);
  }
  if (labelled.size() == 0)
    throw DataError(samples.source.store +
                    ": no sample has an R in the classes and an intensity in the bands asked for");
  return labelled;
}

}  // namespace bondscope::ml
