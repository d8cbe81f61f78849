#include "libml/explain/figures.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "libml/data/targets.hpp"
#include "libml/explain/map_sheet.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/plot/markup.hpp"
#include "libpmd/base/plot/paper.hpp"
#include "libpmd/base/statistics/average.hpp"

namespace bondscope::ml {
namespace {

constexpr std::size_t most_entries_drawn = 6;

/// Of classes spread over all there are.
std::vector<std::size_t> shown_entries(const LabelledImages& images, const Dictionary& dictionary) {
  std::vector<std::size_t> order(dictionary.entries.size());
  for (std::size_t i = 0; i < order.size(); ++i)
    order[i] = i;
  std::ranges::stable_sort(order, {},
                           [&](std::size_t i) { return images.class_of[dictionary.entries[i].image]; });
  std::vector<std::size_t> shown;
  const auto count = std::min(most_entries_drawn, order.size());
  for (std::size_t i = 0; i < count; ++i)
    shown.push_back(order[(2 * i + 1) * order.size() / (2 * count)]);
  return shown;
}

}  // namespace

void draw_dictionary_sheet(const std::filesystem::path& png, const SampleSet& samples,
                           const LabelledImages& images, const Dictionary& dictionary) {
  std::vector<MapPanel> panels;
  for (const auto entry : shown_entries(images, dictionary)) {
    const auto& [image, part] = dictionary.entries[entry];
    const auto& sample = samples.samples[images.sample[image]];
    const auto pixels = images.image(image);
    MapPanel whole{.title = {fmt::format("R = {:.2f} a.u., I = {:.2f}·10¹⁴ W/cm²", sample.parameters.R,
                                         sample.parameters.intensity_w_cm2 / 1e14)},
                   .values = {pixels.begin(), pixels.end()},
                   .width = static_cast<std::size_t>(images.width),
                   .height = static_cast<std::size_t>(images.height),
                   .extent = sample.extent};
    MapPanel kept = whole;
    kept.title = {fmt::format("its part: {:.0f} % of the image",
                              100 * static_cast<double>(part.size()) / static_cast<double>(pixels.size()))};
    kept.values.assign(pixels.size(), std::numeric_limits<float>::quiet_NaN());
    for (const auto pixel : part)
      kept.values[pixel] = static_cast<float>(pixels[pixel]);
    panels.push_back(std::move(whole));
    panels.push_back(std::move(kept));
  }
  draw_map_sheet(png, "Images and the parts of them that are compared", panels, 4);
}

void draw_dictionary_sizes(const std::filesystem::path& png, std::span<const Dictionary> made) {
  std::size_t most = 0;
  for (const auto& one : made)
    most = std::max(most, one.pruned.size());
  if (most == 0) throw DataError(png.string() + ": no dictionary has a part");
  constexpr double width = 760, height = 470, top = 60, right = 40;
  const Box axes{left_margin, top, width - left_margin - right, height - top - bottom_margin};
  Paper paper(png, width, height, "How many parts does it take?");
  paper.place(axes, {0.9, std::max(2.0, static_cast<double>(most) * 1.05)}, {0, 1});
  paper.logarithmic("x");
  paper.axis_titles("parts that are left, those that are alike pruned", "share classified correctly");
  paper.key(axes.left + 12, axes.top + 6);
  std::vector<std::string> layers;
  for (const auto& one : made) {
    std::vector<std::vector<double>> columns(2);
    for (std::size_t i = 0; i < one.pruned.size(); ++i) {
      columns[0].push_back(static_cast<double>(i + 1));
      columns[1].push_back(one.pruned[i]);
    }
    layers.push_back(paper.plot().table(columns) + " with lines lw 0.8 lc rgb '#b0c8dc' notitle");
  }
  // The mean over those that have so many.
  std::vector<std::vector<double>> columns(2);
  for (std::size_t i = 0; i < most; ++i) {
    std::vector<double> values;
    for (const auto& one : made)
      if (i < one.pruned.size()) values.push_back(one.pruned[i]);
    columns[0].push_back(static_cast<double>(i + 1));
    columns[1].push_back(mean(values));
  }
  layers.push_back(paper.plot().table(columns) +
                   fmt::format(" with lines lw 2.5 lc rgb '{}' title 'parts, mean of {} choices'",
                               line_colours[0], made.size()));
  const auto level = [&](double DictionaryAccuracies::*member, const char* name, std::size_t colour) {
    std::vector<double> values;
    for (const auto& one : made)
      values.push_back(one.accuracies.*member);
    layers.push_back(fmt::format("{} with lines lw 1.5 dt 2 lc rgb '{}' title '{}'", mean(values),
                                 line_colours[colour], name));
  };
  level(&DictionaryAccuracies::whole, "whole images", 2);
  level(&DictionaryAccuracies::patches, "random patches", 1);
  level(&DictionaryAccuracies::rectangle, "random rectangles", 5);
  paper.draw(layers);
  paper.write();
}

}  // namespace bondscope::ml
