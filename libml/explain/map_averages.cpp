#include "libml/explain/map_averages.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

#include <fmt/format.h>

#include "libpmd/base/config/config.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/model/fields.hpp"
#include "libpmd/model/pulse.hpp"

namespace bondscope::ml {
namespace {

constexpr std::size_t cells_kx = 160, cells_ky = 80;
constexpr double intensity_unit = 1e14;  // W/cm²

std::optional<std::size_t> bin_of(double value, std::span<const double> edges) {
  for (std::size_t i = 0; i + 1 < edges.size(); ++i)
    if (value >= edges[i] && (value < edges[i + 1] || (i + 2 == edges.size() && value == edges[i + 1])))
      return i;
  return {};
}

Extent hull_of(const SampleSet& samples, std::span<const std::size_t> chosen) {
  auto hull = samples.samples[chosen.front()].extent;
  for (const auto i : chosen) {
    const auto& own = samples.samples[i].extent;
    hull.kx_min = std::min(hull.kx_min, own.kx_min);
    hull.kx_max = std::max(hull.kx_max, own.kx_max);
    hull.ky_min = std::min(hull.ky_min, own.ky_min);
    hull.ky_max = std::max(hull.ky_max, own.ky_max);
  }
  return hull;
}

/// The map's values at the centres of the averages' cells: of the pixel that a centre lies in, 0 outside.
std::vector<float> on_common_cells(const SampleSet& samples, const Extent& own, std::span<const float> map,
                                   const MapAverages& averages) {
  const auto width = static_cast<std::size_t>(samples.image.width);
  const auto height = static_cast<std::size_t>(samples.image.height);
  const auto kx =
      cell_centres(averages.extent.kx_min, averages.extent.kx_max, static_cast<int>(averages.width));
  const auto ky =
      cell_centres(averages.extent.ky_min, averages.extent.ky_max, static_cast<int>(averages.height));
  const auto pixel = [](double at, double min, double max, std::size_t count) {
    const double place = (at - min) / (max - min) * static_cast<double>(count);
    return place >= 0 && place < static_cast<double>(count) ? static_cast<std::size_t>(place) : count;
  };
  std::vector<float> values;
  for (const double x : kx) {
    const auto column = pixel(x, own.kx_min, own.kx_max, width);
    for (const double y : ky) {
      const auto row = pixel(y, own.ky_min, own.ky_max, height);
      values.push_back(column == width || row == height ? 0 : map[column * height + row]);
    }
  }
  return values;
}

void add_scaled(std::vector<float>& sum, std::span<const float> values, double factor, bool sizes) {
  for (std::size_t i = 0; i < sum.size(); ++i)
    sum[i] += static_cast<float>(factor) * (sizes ? std::abs(values[i]) : values[i]);
}

}  // namespace

MapAverages average_maps(const SampleSet& samples, std::span<const std::size_t> chosen,
                         const std::vector<std::vector<float>>& maps, bool density,
                         std::span<const double> R_edges, std::span<const double> intensity_edges) {
  check_positions(samples, chosen);
  if (chosen.empty() || maps.size() != chosen.size() ||
      std::ranges::any_of(maps, [&](const auto& map) { return map.size() != samples.pixels_per_image(); }))
    throw DataError(
        fmt::format("averages: {} maps for {} images of {} pixels; expected one of that size each",
                    maps.size(), chosen.size(), samples.pixels_per_image()));
  MapAverages averages{.extent = hull_of(samples, chosen), .width = cells_kx, .height = cells_ky, .bins = {}};
  const auto columns = R_edges.size() - 1;
  for (std::size_t row = 0; row + 1 < intensity_edges.size(); ++row)
    for (std::size_t column = 0; column < columns; ++column)
      averages.bins.push_back({.R_min = R_edges[column],
                               .R_max = R_edges[column + 1],
                               .intensity_min = intensity_edges[row],
                               .intensity_max = intensity_edges[row + 1],
                               .mean = std::vector<float>(cells_kx * cells_ky),
                               .attention = std::vector<float>(cells_kx * cells_ky)});
  const auto& e = averages.extent;
  const double cell =
      (e.kx_max - e.kx_min) * (e.ky_max - e.ky_min) / static_cast<double>(cells_kx * cells_ky);
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    const auto& sample = samples.samples[chosen[i]];
    const auto& run = sample.parameters;
    const auto column = bin_of(run.R, R_edges);
    const auto row = bin_of(run.intensity_w_cm2 / intensity_unit, intensity_edges);
    if (!column || !row) continue;
    auto& bin = averages.bins[*row * columns + *column];
    const auto& own = sample.extent;
    const double pixel = (own.kx_max - own.kx_min) * (own.ky_max - own.ky_min) /
                         static_cast<double>(samples.pixels_per_image());
    const auto values = on_common_cells(samples, own, maps[i], averages);
    const double size = std::accumulate(values.begin(), values.end(), 0.0,
                                        [](double sum, float v) { return sum + std::abs(v); });
    add_scaled(bin.mean, values, density ? 1 / pixel : 1, false);
    if (size > 0) add_scaled(bin.attention, values, 1 / (size * cell), true);
    bin.R += run.R;
    bin.intensity += run.intensity_w_cm2 / intensity_unit;
    bin.angle += run.angle;
    ++bin.count;
  }
  for (auto& bin : averages.bins) {
    if (bin.count == 0) continue;
    const auto count = static_cast<double>(bin.count);
    for (auto* sum : {&bin.mean, &bin.attention})
      for (auto& value : *sum)
        value /= static_cast<float>(count);
    bin.R /= count;
    bin.intensity /= count;
    bin.angle /= count;
  }
  return averages;
}

GuideMaker::GuideMaker(const SampleSet& samples) {
  if (samples.source.configuration.empty()) return;
  const auto root = Config::from_text(samples.source.configuration, "configuration");
  if (!root.is_mapping("dataset") || !root.section("dataset").is_mapping("pulse")) return;
  model_.emplace();
  read(root.section("dataset"), *model_);
}

MomentumGuides GuideMaker::of(const RunParameters& run) const {
  MomentumGuides guides{.ponderomotive_energy = 0, .R = run.R, .angle = run.angle};
  if (!model_) return guides;
  const Pulse pulse(run, *model_);
  guides.ponderomotive_energy = std::pow(pulse.peak_field() / pulse.omega(), 2) / 4;
  return guides;
}

std::vector<double> even_edges(double min, double max, std::size_t parts) {
  std::vector<double> edges;
  for (std::size_t i = 0; i <= parts; ++i)
    edges.push_back(min + (max - min) * static_cast<double>(i) / static_cast<double>(parts));
  return edges;
}

}  // namespace bondscope::ml
