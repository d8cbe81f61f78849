#include "libml/explain/labelled_images.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "libml/data/targets.hpp"
#include "libpmd/base/error.hpp"

namespace bondscope::ml {
namespace {

void check_edges(std::span<const double> edges) {
  const auto descends = [](double a, double b) { return !(a < b); };
  const bool finite = std::ranges::all_of(edges, [](double edge) { return std::isfinite(edge); });
  if (edges.size() < 2 || !finite || std::ranges::adjacent_find(edges, descends) != edges.end())
    throw ConfigError(
        fmt::format("edges of classes: [{}], expected at least two, ascending", fmt::join(edges, ", ")));
}

bool within(std::span<const double> edges, double value) {
  return value >= edges.front() && value <= edges.back();
}

}  // namespace

LabelledImages label_images(const SampleSet& samples, std::span<const std::size_t> chosen,
                            std::span<const double> classes, std::span<const double> bands) {
  check_edges(classes);
  check_edges(bands);
  check_positions(samples, chosen);
  LabelledImages labelled;
  labelled.width = samples.image.width;
  labelled.height = samples.image.height;
  for (const auto i : chosen) {
    const auto& parameters = samples.samples[i].parameters;
    const double R = target("R").value(parameters), intensity = target("intensity").value(parameters);
    if (!within(classes, R) || !within(bands, intensity)) continue;
    const auto image = samples.image_of(i);
    labelled.pixels.insert(labelled.pixels.end(), image.begin(), image.end());
    labelled.class_of.push_back(class_of(R, classes));
    labelled.band_of.push_back(class_of(intensity, bands));
    labelled.sample.push_back(i);
  }
  if (labelled.size() == 0)
    throw DataError(samples.source.store +
                    ": no sample has an R in the classes and an intensity in the bands asked for");
  return labelled;
}

}  // namespace bondscope::ml
