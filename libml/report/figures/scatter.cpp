#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <utility>

#include <fmt/format.h>

#include "libml/report/figures.hpp"
#include "libml/report/figures/frame.hpp"

namespace bondscope::ml {
namespace {

using namespace figure;

/// Below, a density says nothing.
constexpr std::size_t fewest_for_density = 60;

constexpr double panel_width = 620, side = 430, top_margin = 88, gap = 18, residual_height = 150;

constexpr const char* note_style = "left font ',11' textcolor rgb '#777777'";

struct Points {
  std::vector<double> truth, predicted, residual, density;
};

/// Of one target; the densest last, so that they are drawn on top.
Points points_of(const Evaluation& evaluation, std::size_t t) {
  const auto truth = evaluation.column(&Prediction::truth, t);
  auto residual = evaluation.column(&Prediction::predicted, t);
  std::ranges::transform(residual, truth, residual.begin(), std::minus{});
  // Along and across the diagonal: the cloud is long and narrow, its density has no one width.
  const auto density = relative_density(truth, residual);
  std::vector<std::size_t> order(truth.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](auto i, auto j) { return density[i] < density[j]; });
  Points points;
  for (const auto i : order) {
    points.truth.push_back(truth[i]);
    points.predicted.push_back(truth[i] + residual[i]);
    points.residual.push_back(residual[i]);
    points.density.push_back(density[i]);
  }
  return points;
}

/// Columns of a table as points, coloured by a fourth one if there are enough of them.
std::string with_points(const std::string& data, std::size_t points) {
  const bool coloured = points >= fewest_for_density;
  return fmt::format("{} using 1:2{} with points pt 7 ps {} lc {}", data, coloured ? ":4" : "",
                     point_size(points), coloured ? "palette" : fmt::format("rgb '{}'", line_colours[0]));
}

/// Below the panel proper, with its x axis. A few outliers stand at the edge as triangles, so that all others
/// can be told apart.
void draw_residuals(Paper& paper, const Target& of, const Points& points, const PlotRange& x, double mae,
                    double left) {
  std::vector<double> sizes;
  for (const double residual : points.residual)
    sizes.push_back(std::abs(residual));
  const double limit = std::max(readable_limit(sizes), 1.3 * mae);
  const auto [inside, above, below, outside] = clipped(points.residual, limit);
  auto shown = inside;
  shown.insert(shown.end(), {-1.3 * mae, 1.3 * mae});
  if (outside > 0) shown.insert(shown.end(), {-limit, limit});
  const auto y = padded_range(shown, 0.08);
  const auto data = paper.plot().table({points.truth, inside, above, points.density, below});

  const Box axes{left, top_margin + side + gap, side, residual_height};
  paper.place(axes, x, y);
  paper.command(fmt::format("set ytics {}", tick_step(y, 4)));
  paper.axis_titles(axis_markup("true " + of.label, of), "predicted − true");
  paper.command(
      fmt::format("set object rectangle from {},{} to {},{} behind fc rgb '#e8e8e8' fs solid 1 noborder",
                  x.min, -mae, x.max, mae));
  const auto note = [&](const std::string& text, double down) {
    paper.text(text, axes.right() + 10, axes.centre_y() + down, note_style);
  };
  note("± MAE", 0);
  std::vector<std::string> layers{fmt::format("0 with lines lw 1.2 lc rgb '{}'", grey),
                                  with_points(data, points.truth.size())};
  if (outside > 0) {
    note(fmt::format("△ {} outside", outside), 24);
    for (const auto& [column, symbol] : {std::pair{3, 9}, {5, 11}})
      layers.push_back(fmt::format("{} using 1:{} with points pt {} ps 0.9 lc rgb '{}'", data, column, symbol,
                                   line_colours[1]));
  }
  paper.draw(layers);
}

void draw_panel(Paper& paper, const Evaluation& evaluation, std::size_t t) {
  const auto of = evaluation.target_of(t);
  const auto& score = evaluation.scores[t];
  const auto points = points_of(evaluation, t);
  const double left = static_cast<double>(t) * panel_width + left_margin;
  const auto data = paper.plot().table({points.truth, points.predicted, points.residual, points.density});
  auto both = points.truth;
  both.insert(both.end(), points.predicted.begin(), points.predicted.end());
  const auto range = padded_range(both, 0.04);
  const Box axes{left, top_margin, side, side};
  paper.place(axes, range, range);
  paper.command("set xtics format ''");
  paper.axis_titles("", axis_markup("predicted " + of.label, of));
  paper.text(fmt::format("MAE {}  (95 %: {} to {})", quantity_markup(score.mae, of.unit),
                         short_number(score.mae_95.low), short_number(score.mae_95.high)),
             left, 54, "left font ',12'");
  paper.text(fmt::format("{} test runs, RMSE {}, bias {}", score.count, short_number(score.rmse),
                         short_number(score.bias)),
             left, 74, note_style);
  if (points.truth.size() >= fewest_for_density) {
    paper.colours(density_palette, {0, 1});
    paper.colour_bar(axes, "0.5", "density of points, relative");
  }
  paper.draw({fmt::format("x with lines lw 1.2 lc rgb '{}'", grey), with_points(data, points.truth.size())});
  draw_residuals(paper, of, points, range, score.mae, left);
}

}  // namespace

void draw_scatter(const std::filesystem::path& png, const std::string& title, const Evaluation& evaluation) {
  expect_predictions(png, evaluation);
  Paper paper(png, panel_width * static_cast<double>(evaluation.targets.size()),
              top_margin + side + gap + residual_height + bottom_margin, title);
  for (std::size_t t = 0; t < evaluation.targets.size(); ++t)
    draw_panel(paper, evaluation, t);
  paper.write();
}

}  // namespace bondscope::ml
