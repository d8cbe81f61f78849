// Many tests side by side.

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "libml/report/figures.hpp"
#include "libml/report/figures/frame.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/statistics/quantile.hpp"

namespace bondscope::ml {
namespace {

using namespace figure;

constexpr std::size_t in_a_row = 4, most_panels = 100;
constexpr double panel_width = 400, side = 290, top_margin = 44, header = 52,
                 panel_height = header + side + bottom_margin + 8;

void check_panels(const std::filesystem::path& png, const std::vector<TestPanel>& panels) {
  bool fits = !panels.empty() && panels.size() <= most_panels;
  for (const auto& panel : panels)
    fits = fits && !panel.x.empty() && panel.x.size() == panel.y.size();
  if (!fits)
    throw DataError(fmt::format("{}: {} tests to draw; expected 1 to {} with points", png.string(),
                                panels.size(), most_panels));
}

void draw_answers(Paper& paper, const TestPanel& panel, const Box& axes) {
  auto both = panel.x;
  both.insert(both.end(), panel.y.begin(), panel.y.end());
  const auto range = padded_range(both, 0.04);
  paper.place(axes, range, range);
  paper.axis_titles(axis_markup("true " + panel.x_of.label, panel.x_of),
                    axis_markup("predicted " + panel.y_of.label, panel.y_of));
  const auto data = paper.plot().table({panel.x, panel.y});
  paper.draw({fmt::format("x with lines lw 1.2 lc rgb '{}'", grey),
              fmt::format("{} using 1:2 with points pt 7 ps {} lc rgb '{}'", data, point_size(panel.x.size()),
                          line_colours[0])});
}

/// How often two errors come together.
void draw_joint_errors(Paper& paper, const TestPanel& panel, const Box& axes) {
  constexpr std::size_t bins = 24;
  const auto size_of = [](double error) { return std::abs(error); };
  std::vector<double> x(panel.x.size()), y(panel.y.size());
  std::ranges::transform(panel.x, x.begin(), size_of);
  std::ranges::transform(panel.y, y.begin(), size_of);
  // A few large errors would leave one cell for all others.
  const auto limit = [](const std::vector<double>& sizes) {
    const double most = quantile(sizes, 0.9);
    return most > 0 ? most : readable_limit(sizes);
  };
  const double x_end = limit(x), y_end = limit(y);
  const auto bin = [](double value, double end) {
    return std::min(static_cast<std::size_t>(value / end * static_cast<double>(bins)), bins - 1);
  };
  std::vector<double> counts(bins * bins, 0.0);
  std::size_t beyond = 0;
  for (std::size_t i = 0; i < x.size(); ++i)
    if (x[i] <= x_end && y[i] <= y_end)
      ++counts[bin(x[i], x_end) * bins + bin(y[i], y_end)];
    else
      ++beyond;
  const double largest = std::max(1.0, *std::ranges::max_element(counts));
  std::vector<std::vector<double>> columns(3);
  for (std::size_t i = 0; i < bins * bins; ++i) {
    columns[0].push_back((static_cast<double>(i / bins) + 0.5) * x_end / bins);
    columns[1].push_back((static_cast<double>(i % bins) + 0.5) * y_end / bins);
    columns[2].push_back(counts[i] / largest);
  }
  paper.place(axes, {0, x_end}, {0, y_end});
  paper.command(
      fmt::format("set xtics {}; set ytics {}", tick_step({0, x_end}, 3), tick_step({0, y_end}, 4)));
  paper.axis_titles(axis_markup("|error of " + panel.x_of.name + "|", panel.x_of),
                    axis_markup("|error of " + panel.y_of.name + "|", panel.y_of));
  paper.colours(fraction_palette, {0, 1});
  if (beyond > 0)
    paper.text(fmt::format("{} beyond", beyond), axes.right() - 8, axes.top + 16,
               "right front font ',11' textcolor rgb '#777777'");
  paper.draw({paper.plot().table(columns) + " using 1:2:3 with image"});
}

}  // namespace

void draw_tests(const std::filesystem::path& png, const std::string& title,
                const std::vector<TestPanel>& panels) {
  check_panels(png, panels);
  const auto columns = std::min(panels.size(), in_a_row), rows = (panels.size() + in_a_row - 1) / in_a_row;
  Paper paper(png, panel_width * static_cast<double>(columns),
              top_margin + panel_height * static_cast<double>(rows), title);
  for (std::size_t i = 0; i < panels.size(); ++i) {
    const auto& panel = panels[i];
    const double left = panel_width * static_cast<double>(i % in_a_row) + left_margin,
                 top = top_margin + panel_height * static_cast<double>(i / in_a_row);
    const double room = panel_width - left_margin;
    const Box axes{left, top + header, side, side};
    paper.text(plain_markup(fitted(panel.title, room, 13)), left, top + 18, "left font ',13'");
    paper.text(plain_markup(fitted(panel.note, room, 11)), left, top + 38,
               "left font ',11' textcolor rgb '#777777'");
    panel.errors ? draw_joint_errors(paper, panel, axes) : draw_answers(paper, panel, axes);
  }
  paper.write();
}

}  // namespace bondscope::ml
