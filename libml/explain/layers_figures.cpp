#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

#include "libml/explain/explanation_report.hpp"
#include "libml/explain/layers_report.hpp"
#include "libml/explain/map_sheet.hpp"
#include "libpmd/base/plot/markup.hpp"
#include "libpmd/base/plot/paper.hpp"

namespace bondscope::ml {
namespace {

constexpr double side = 300, gap = 26, top = 76, left = 20;
constexpr std::size_t most_rows = 4;  // networks in a picture of filters

/// All filters of a block with gaps between them: a column for each filter, a row for each channel; those of
/// the first block, which have one channel, in a square.
struct Mosaic {
  std::size_t along_x = 0, along_y = 0;
  std::vector<float> values;  // [x][y]; nan: a gap
};

Mosaic mosaic_of(const Filters& filters) {
  const auto square = static_cast<std::size_t>(std::ceil(std::sqrt(static_cast<double>(filters.filters))));
  const std::size_t columns = filters.channels == 1 ? square : filters.filters;
  const std::size_t count = filters.filters * filters.channels, rows = (count + columns - 1) / columns;
  const std::size_t step = filters.side + 1;
  Mosaic mosaic{.along_x = columns * step, .along_y = rows * step, .values = {}};
  mosaic.values.assign(mosaic.along_x * mosaic.along_y, std::nanf(""));
  for (std::size_t filter = 0; filter < filters.filters; ++filter)
    for (std::size_t channel = 0; channel < filters.channels; ++channel) {
      const std::size_t column = filters.channels == 1 ? filter % columns : filter;
      const std::size_t row = filters.channels == 1 ? filter / columns : channel;
      const float* weight =
          &filters.weights[(filter * filters.channels + channel) * filters.side * filters.side];
      for (std::size_t x = 0; x < filters.side; ++x)
        for (std::size_t y = 0; y < filters.side; ++y)
          mosaic.values[(column * step + x) * mosaic.along_y + row * step + y] = weight[x * filters.side + y];
    }
  return mosaic;
}

void draw_mosaic(Paper& paper, const Mosaic& mosaic, const Box& box) {
  const auto width = static_cast<int>(mosaic.along_x), height = static_cast<int>(mosaic.along_y);
  paper.place(box, {0, static_cast<double>(width)}, {0, static_cast<double>(height)});
  paper.without_ticks();
  const double limit = readable_limit_of(mosaic.values);
  paper.colours(difference_palette, {-limit, limit});
  paper.draw(
      {paper.plot().matrix(mosaic.values, cell_centres(0, width, width), cell_centres(0, height, height))});
}

/// Channels in the order of how much they differ from image to image.
std::vector<std::size_t> liveliest(const LayerOutputs& outputs) {
  const std::size_t places = outputs.along_kx * outputs.along_ky;
  std::vector<double> variance(outputs.channels);
  for (std::size_t channel = 0; channel < outputs.channels; ++channel)
    for (std::size_t place = 0; place < places; ++place) {
      double sum = 0, squares = 0;
      for (std::size_t image = 0; image < outputs.images; ++image) {
        const auto value =
            static_cast<double>(outputs.values[(image * outputs.channels + channel) * places + place]);
        sum += value;
        squares += value * value;
      }
      variance[channel] += squares - sum * sum / static_cast<double>(outputs.images);
    }
  std::vector<std::size_t> order(outputs.channels);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, std::ranges::greater{}, [&](std::size_t i) { return variance[i]; });
  return order;
}

}  // namespace

void draw_filters(const std::filesystem::path& png, std::span<const Model> models,
                  const std::vector<std::string>& names) {
  const std::size_t rows = std::min(models.size(), most_rows);
  const int blocks = models.front().network().spec().blocks;
  Paper paper(png, 2 * left + blocks * side + (blocks - 1) * gap,
              top + static_cast<double>(rows) * (side + 2 * gap), "Filters of the blocks");
  for (std::size_t row = 0; row < rows; ++row)
    for (int block = 1; block <= blocks; ++block) {
      const Box box{left + (block - 1) * (side + gap), top + static_cast<double>(row) * (side + 2 * gap),
                    side, side};
      paper.text(
          plain_markup(block == 1 ? fmt::format("{}: block 1", names[row]) : fmt::format("block {}", block)),
          box.left, box.top - 10, "left font ',11'");
      draw_mosaic(paper, mosaic_of(filters_of(models[row], block)), box);
    }
  paper.write();
}

void draw_feature_maps(const std::filesystem::path& png, std::span<const Model> models,
                       const std::vector<std::string>& names, const SampleSet& samples,
                       std::span<const std::size_t> chosen) {
  constexpr std::size_t columns = 4;
  const std::size_t shown = std::min<std::size_t>(models.size(), 2);
  const auto some = spread_over_R(samples, chosen, 9);  // enough to see which channels are lively
  const std::size_t middle = some.size() / 2;
  const auto& sample = samples.samples[some[middle]];
  const GuideMaker guides(samples);
  std::vector<MapPanel> panels;
  for (int block = 1; block <= models.front().network().spec().blocks; ++block) {
    std::vector<LayerOutputs> outputs;
    for (const auto& model : models.first(shown))
      outputs.push_back(layer_outputs(model, samples, some, static_cast<std::size_t>(block) - 1));
    const auto order = liveliest(outputs.front());
    for (std::size_t column = 0; column < columns; ++column) {
      const std::size_t which = column / (columns / shown);
      const auto& of = outputs[which];
      const auto channel = order[std::min(column % (columns / shown), order.size() - 1)];
      auto values = of.of_one(middle, channel);
      const double most = std::max(static_cast<double>(*std::ranges::max_element(values)), 1e-6);
      panels.push_back({.title = {fmt::format("{}: block {}, channel {}", names[which], block, channel + 1)},
                        .values = std::move(values),
                        .width = of.along_kx,
                        .height = of.along_ky,
                        .extent = sample.extent,
                        .limit = most,
                        .sizes = true,
                        .guides = guides.of(sample.parameters)});
    }
  }
  draw_map_sheet(png,
                 fmt::format("What the blocks make of R = {:.2f} a.u., I = {:.2f}·10¹⁴ W/cm²",
                             sample.parameters.R, sample.parameters.intensity_w_cm2 / 1e14),
                 panels, columns);
}

}  // namespace bondscope::ml
