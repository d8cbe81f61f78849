#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include <fmt/format.h>

#include "libml/predict/answers_page.hpp"
#include "libml/report/figures/frame.hpp"
#include "libpmd/base/plot/markup.hpp"
#include "libpmd/base/plot/paper.hpp"

namespace bondscope::ml {
namespace {

constexpr double width = 330, gap = 30, top = 76, density_height = 190, row_gap = 92;
constexpr std::size_t known_shown = 2, most_densities = 6;

struct Map {
  std::string name;
  std::vector<float> values;
  Extent extent;
  bool difference = false;
};

std::string short_name(const RunParameters& run) {
  auto name = fmt::format("known: {}", run.molecule);
  for (const auto& parameter : common_parameters())
    if (parameter.of(run) != 0)
      name += fmt::format(", {} {:.3g}", parameter.symbol, parameter.of(run) / parameter.shown_unit);
  return name;
}

std::vector<Map> maps_of(const Answer& answer) {
  std::vector<Map> maps{{"asked about", answer.picture, answer.sample.extent}};
  for (std::size_t i = 0; i < std::min(known_shown, answer.beside.size()); ++i)
    maps.push_back({short_name(answer.beside[i].run.parameters), answer.beside[i].image.picture,
                    answer.beside[i].image.extent});
  if (!answer.beside.empty()) {
    Map difference{"difference to the first", answer.picture, answer.sample.extent, true};
    for (std::size_t p = 0; p < difference.values.size(); ++p)
      difference.values[p] -= answer.beside.front().image.picture[p];
    maps.push_back(std::move(difference));
  }
  return maps;
}

void draw_map(Paper& paper, const Box& box, const Map& map, const ImageSettings& image, bool first) {
  const auto x = cell_centres(map.extent.kx_min, map.extent.kx_max, image.width),
             y = cell_centres(map.extent.ky_min, map.extent.ky_max, image.height);
  paper.colours(map.difference ? difference_palette : distribution_palette,
                map.difference ? PlotRange{-1, 1} : PlotRange{-shown_decades, 0});
  paper.place(box, {map.extent.kx_min, map.extent.kx_max}, {map.extent.ky_min, map.extent.ky_max});
  paper.axis_titles("k_x (a.u.)", first ? "k_y (a.u.)" : "");
  paper.command(fmt::format("set xtics 1; set ytics {}; set format y '{}'",
                            tick_step({map.extent.ky_min, map.extent.ky_max}, 3), first ? "%g" : ""));
  paper.text(fitted(map.name, width, 11), box.centre_x(), box.top - 14, "center font ',11'");
  if (map.difference) paper.colour_bar(box, "1", "decades");
  paper.draw({paper.plot().matrix(map.values, x, y)});
}

void draw_curve(Paper& paper, const Box& box, const Map& map, const ImageSettings& image, bool first) {
  const auto x = cell_centres(map.extent.kx_min, map.extent.kx_max, image.width);
  paper.place(box, {x.front(), x.back()}, map.difference ? PlotRange{-1, 1} : PlotRange{-shown_decades, 0});
  paper.axis_titles("", first ? "decades" : "");
  paper.text(fitted(map.name, width, 11), box.centre_x(), box.top - 14, "center font ',11'");
  const auto table = paper.plot().table({x, {map.values.begin(), map.values.end()}});
  paper.draw({fmt::format("{} with lines lw 2 lc rgb '{}' notitle", table, line_colours[0])});
}

/// Gaussian kernels at the draws, as wide as fits one hump of them: all together may have several.
std::vector<double> density(const AnsweredTarget& target, const std::vector<double>& at) {
  const auto& draws = target.draws;
  const double h = std::max(target.scale * std::pow(static_cast<double>(draws.size()), -0.2), 1e-12);
  std::vector<double> values;
  for (const double x : at) {
    double sum = 0;
    for (const double draw : draws)
      sum += std::exp(-(x - draw) * (x - draw) / (2 * h * h));
    values.push_back(sum);
  }
  const double largest = *std::ranges::max_element(values);
  for (double& value : values)
    value /= largest > 0 ? largest : 1;
  return values;
}

void draw_density(Paper& paper, const Box& box, const AnsweredTarget& target) {
  const auto& widest = target.intervals.back() ? target.intervals.back() : target.intervals[1];
  const double low = widest ? widest->low : target.draws.front(),
               high = widest ? widest->high : target.draws.back();
  const double margin = std::max(0.35 * (high - low), 1e-9);
  const PlotRange range{low - margin, high + margin};
  constexpr int points = 200;
  const auto at = cell_centres(range.min, range.max, points);
  paper.place(box, range, {0, 1.45});
  paper.axis_titles(figure::axis_markup(target.target.label, target.target), "density");
  paper.command(fmt::format("set xtics {}; set ytics 0.5; set format y '%g'", tick_step(range, 4)));
  auto& plot = paper.plot();
  std::vector<std::string> layers{fmt::format("{} with filledcurves y1=0 fs solid 0.35 lc rgb '{}' notitle",
                                              plot.table({at, density(target, at)}), line_colours[0])};
  for (std::size_t l = 0; l < shown_levels.size(); ++l)
    for (const auto& part : target.parts[l]) {
      const double height = 1.12 + 0.11 * static_cast<double>(l);
      layers.push_back(fmt::format("{} with lines lw {} lc rgb '{}' notitle",
                                   plot.table({{part.low, part.high}, {height, height}}),
                                   5 - static_cast<int>(l), line_colours[1]));
    }
  paper.vertical_line(target.value, fmt::format("lw 2 lc rgb '{}'", line_colours[6]));
  paper.draw(layers);
}

/// Its rim, closed.
std::vector<std::vector<double>> rim(const Ellipse& e) {
  constexpr int points = 90;
  std::vector<std::vector<double>> columns(2);
  // M = L Lᵀ.
  const double l11 = std::sqrt(e.xx), l21 = e.xy / l11, l22 = std::sqrt(std::max(e.yy - l21 * l21, 0.0));
  for (int i = 0; i <= points; ++i) {
    const double angle = 2 * std::numbers::pi * i / points;
    columns[0].push_back(e.x + l11 * std::cos(angle));
    columns[1].push_back(e.y + l21 * std::cos(angle) + l22 * std::sin(angle));
  }
  return columns;
}

/// The first two targets together.
void draw_joint(Paper& paper, const Box& box, const Answer& answer) {
  PlotRange x{answer.targets[0].value, answer.targets[0].value},
      y{answer.targets[1].value, answer.targets[1].value};
  for (const auto& e : answer.joint.back()) {
    x = {std::min(x.min, e.x - std::sqrt(e.xx)), std::max(x.max, e.x + std::sqrt(e.xx))};
    y = {std::min(y.min, e.y - std::sqrt(e.yy)), std::max(y.max, e.y + std::sqrt(e.yy))};
  }
  constexpr double margin = 0.12;
  const auto wider = [](const PlotRange& range) {
    const double by = std::max(margin * (range.max - range.min), 1e-9);
    return PlotRange{range.min - by, range.max + by};
  };
  x = wider(x), y = wider(y);
  paper.place(box, x, y);
  const auto &first = answer.targets[0].target, &second = answer.targets[1].target;
  paper.axis_titles(figure::axis_markup(first.label, first), figure::axis_markup(second.name, second));
  paper.command(
      fmt::format("set xtics {}; set ytics {}; set format y '%g'", tick_step(x, 4), tick_step(y, 4)));
  auto& plot = paper.plot();
  std::vector<std::string> layers;
  constexpr std::array solid{0.75, 0.45, 0.2};
  for (std::size_t l = shown_levels.size(); l-- > 0;)
    for (const auto& e : answer.joint[l]) {
      const auto table = plot.table(rim(e));
      layers.push_back(fmt::format("{} with filledcurves closed fs solid {} noborder lc rgb '{}' notitle",
                                   table, solid[l], line_colours[0]));
      layers.push_back(fmt::format("{} with lines lw 1 lc rgb '{}' notitle", table, line_colours[0]));
    }
  layers.push_back(fmt::format("{} with points pt 1 ps 2 lw 2 lc rgb '{}' notitle",
                               plot.table({{answer.targets[0].value}, {answer.targets[1].value}}),
                               line_colours[6]));
  paper.draw(layers);
}

}  // namespace

void draw_answer(const std::filesystem::path& png, const std::string& title, const Answer& answer,
                 const ImageSettings& image) {
  const auto maps = maps_of(answer);
  const bool curves = image.height == 1;
  const auto& extent = answer.sample.extent;
  const double shape = curves ? 0.6 : (extent.ky_max - extent.ky_min) / (extent.kx_max - extent.kx_min);
  const double height = std::clamp(width * shape, 130.0, 330.0);
  const auto densities = std::min(answer.targets.size(), most_densities);
  const double step = width + gap;
  const bool joint = !answer.joint.back().empty();
  const double columns = std::max(static_cast<double>(maps.size()),
                                  static_cast<double>(densities + joint) * (width + left_margin) / step);
  const double second = top + height + row_gap;
  Paper paper(png, left_margin + columns * step + colour_bar_margin, second + density_height + bottom_margin,
              plain_markup(title));
  Box box{left_margin, top, width, height};
  for (const auto& map : maps) {
    const bool first = &map == &maps.front();
    if (curves)
      draw_curve(paper, box, map, image, first);
    else
      draw_map(paper, box, map, image, first);
    box.left += step;
  }
  Box below{left_margin, second, width, density_height};
  for (std::size_t t = 0; t < densities; ++t) {
    draw_density(paper, below, answer.targets[t]);
    below.left += width + left_margin;
  }
  if (joint) draw_joint(paper, below, answer);
  paper.write();
}

}  // namespace bondscope::ml
