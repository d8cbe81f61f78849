#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "libml/report/figures.hpp"
#include "libml/report/figures/density.hpp"
#include "libml/report/figures/frame.hpp"
#include "libml/report/figures/statistics.hpp"
#include "libpmd/base/text/number.hpp"

namespace bondscope::ml {
namespace {

using namespace figure;

/// Below, a density says nothing.
constexpr std::size_t fewest_for_density = 60;

constexpr double panel_width = 620, side = 430, left_margin = 84, top_margin = 88, gap = 18,
                 residual_height = 150, bottom_margin = 62;
constexpr int height = static_cast<int>(top_margin + side + gap + residual_height + bottom_margin);

struct Points {
  std::vector<double> truth, predicted, residual, density;
};

/// Of one target; the densest last, so that they are drawn on top.
Points points_of(const Evaluation& evaluation, std::size_t t) {
  std::vector<double> truth, residual;
  for (const auto& p : evaluation.predictions) {
    truth.push_back(p.truth[t]);
    residual.push_back(p.predicted[t] - p.truth[t]);
  }
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

std::string band(double x_min, double x_max, double half_height) {
  return "set object rectangle from " + format_number(x_min) + "," + format_number(-half_height) + " to " +
         format_number(x_max) + "," + format_number(half_height) +
         " behind fc rgb '#e8e8e8' fs solid 1 noborder";
}

/// Columns of a table as points, coloured by a fourth one if there are enough of them.
std::string with_points(const std::string& data, const char* columns, std::size_t points) {
  const bool coloured = points >= fewest_for_density;
  return data + " using " + columns + (coloured ? ":4" : "") + " with points pt 7 ps " +
         format_number(point_size(points)) +
         (coloured ? " lc palette" : std::string(" lc rgb '") + colours[0] + "'");
}

/// Below the panel proper, with its x axis. A few outliers stand at the edge as triangles, so that all others
/// can be told apart.
void draw_residuals(Paper& paper, const Target& of, const Points& points, const Range& x, double mae,
                    double left) {
  std::vector<double> sizes;
  for (const double residual : points.residual)
    sizes.push_back(std::abs(residual));
  const double limit = std::max(readable_limit(sizes), 1.3 * mae);
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  std::vector<double> inside, above, below;
  std::size_t outside = 0;
  for (const double residual : points.residual) {
    const bool beyond = std::abs(residual) > limit;
    outside += beyond;
    inside.push_back(beyond ? nan : residual);
    above.push_back(beyond && residual > 0 ? limit : nan);
    below.push_back(beyond && residual < 0 ? -limit : nan);
  }
  auto shown = inside;
  shown.insert(shown.end(), {-1.3 * mae, 1.3 * mae});
  if (outside > 0) shown.insert(shown.end(), {-limit, limit});
  const auto y = padded_range(shown, 0.08);
  const auto data = paper.plot().table({points.truth, inside, above, points.density, below});

  paper.place({left, top_margin + side + gap, side, residual_height});
  paper.ranges(x, y);
  paper.command("set xtics autofreq format '%g'");
  paper.command("set ytics " + format_number(tick_step(y, 4)));
  paper.axes(axis_markup(of, "true "), "predicted − true");
  paper.command(band(x.min, x.max, mae));
  const double note = top_margin + side + gap + residual_height / 2;
  const auto options = "left font ',11' textcolor rgb '" + std::string(grey) + "'";
  paper.text("± MAE", left + side + 10, note, options);
  std::string what = "0 with lines lw 1.2 lc rgb '" + std::string(grey) + "', " +
                     with_points(data, "1:2", points.truth.size());
  if (outside > 0) {
    paper.text("△ " + std::to_string(outside) + " outside", left + side + 10, note + 24, options);
    const auto triangles = " ps 0.9 lc rgb '" + std::string(colours[1]) + "'";
    what += ", " + data + " using 1:3 with points pt 9" + triangles + ", " + data +
            " using 1:5 with points pt 11" + triangles;
  }
  paper.draw(what);
}

void draw_panel(Paper& paper, const Evaluation& evaluation, std::size_t t) {
  const auto& of = target(evaluation.targets[t]);
  const auto& score = evaluation.scores[t];
  const auto points = points_of(evaluation, t);
  const bool coloured = points.truth.size() >= fewest_for_density;
  const double left = static_cast<double>(t) * panel_width + left_margin;
  const auto data = paper.plot().table({points.truth, points.predicted, points.residual, points.density});
  auto both = points.truth;
  both.insert(both.end(), points.predicted.begin(), points.predicted.end());
  const auto range = padded_range(both, 0.04);
  paper.place({left, top_margin, side, side});
  paper.ranges(range, range);
  paper.command("set xtics autofreq format ''");
  paper.command("set ytics autofreq format '%g'");
  paper.axes("", axis_markup(of, "predicted "));
  paper.text("MAE " + with_unit(score.mae, of.unit) + "  (95 %: " + number(score.mae_95.low) + " to " +
                 number(score.mae_95.high) + ")",
             left, 54, "left font ',12'");
  paper.text(
      std::to_string(score.count) + " test runs, RMSE " + number(score.rmse) + ", bias " + number(score.bias),
      left, 74, "left font ',11' textcolor rgb '" + std::string(grey) + "'");
  if (coloured) {
    paper.command(density_palette());
    paper.command("set cbrange [0:1]");
    paper.command("set cbtics ('0' 0, '0.5' 0.5, '1' 1) scale 0.4");
    paper.colour_bar({left + side + 14, top_margin, 12, side});
    paper.text("density of points, relative", left + side + 76, top_margin + side / 2,
               "center rotate by 90 font ',11'");
  }
  paper.draw("x with lines lw 1.2 lc rgb '" + std::string(grey) + "', " +
             with_points(data, "1:2", points.truth.size()));

  paper.place({left, top_margin + side + gap, side, residual_height});
  draw_residuals(paper, of, points, range, score.mae, left);
}

}  // namespace

void draw_scatter(const std::filesystem::path& png, const std::string& title, const Evaluation& evaluation) {
  expect_predictions(png, evaluation);
  Paper paper(png, static_cast<int>(panel_width) * static_cast<int>(evaluation.targets.size()), height,
              title);
  for (std::size_t t = 0; t < evaluation.targets.size(); ++t)
    draw_panel(paper, evaluation, t);
  paper.write();
}

}  // namespace bondscope::ml
