#include "libpmd/inspect/interpolation_map.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "libpmd/base/plot/paper.hpp"

namespace bondscope {
namespace {

constexpr double intensity_unit = 1e14;  // W/cm²

/// Starts and differences of all edges, each once.
std::vector<std::vector<double>> edges_of(const Triangulation& triangulation) {
  std::set<std::pair<std::size_t, std::size_t>> edges;
  for (const auto& t : triangulation.triangles())
    for (std::size_t i = 0; i < 3; ++i)
      edges.insert(std::minmax(t[i], t[(i + 1) % 3]));
  std::vector<std::vector<double>> columns(4);
  for (const auto& [from, to] : edges) {
    const auto &a = triangulation.points()[from], &b = triangulation.points()[to];
    columns[0].push_back(a.R);
    columns[1].push_back(a.intensity / intensity_unit);
    columns[2].push_back(b.R - a.R);
    columns[3].push_back((b.intensity - a.intensity) / intensity_unit);
  }
  return columns;
}

/// gnuplot draws nothing if all values are the same and it chooses the range itself.
PlotRange colour_range(const std::vector<double>& errors) {
  if (errors.empty()) return {0.1, 10};
  const auto [least, most] = std::minmax_element(errors.begin(), errors.end());
  const double widen = *most > 1.1 * *least ? 1 : 2;
  return {*least / widen, *most * widen};
}

PlotRange with_margin(double min, double max) {
  const double margin = 0.03 * (max - min);
  return {min - margin, max + margin};
}

}  // namespace

void draw_interpolation_map(const Triangulation& triangulation, const std::vector<LeftOut>& left_out,
                            const std::string& title, const std::filesystem::path& png) {
  std::vector<std::vector<double>> inside(3), hull(2);
  for (const auto& one : left_out) {
    inside[0].push_back(one.point.R);
    inside[1].push_back(one.point.intensity / intensity_unit);
    inside[2].push_back(std::max(one.difference.mean, 1e-3));
  }
  for (const auto i : triangulation.hull()) {
    hull[0].push_back(triangulation.points()[i].R);
    hull[1].push_back(triangulation.points()[i].intensity / intensity_unit);
  }
  const auto [min, max] = triangulation.bounds();
  constexpr double width = 900, height = 560, top = 72;
  const Box axes{left_margin, top, width - left_margin - colour_bar_margin, height - top - bottom_margin};
  Paper paper(png, width, height, title);
  paper.place(axes, with_margin(min.R, max.R),
              with_margin(min.intensity / intensity_unit, max.intensity / intensity_unit));
  paper.axis_titles("R (a.u.)", "I (10^{14} W/cm^{2})");
  paper.key(axes.left, 42);
  const auto colours = colour_range(inside[2]);
  paper.colours(point_palette, colours);
  paper.command("set logscale cb");
  paper.colour_bar(axes, log_ticks(colours), "left out and interpolated: mean |ΔW|, grey levels");
  paper.draw({paper.plot().table(edges_of(triangulation)) + " with vectors nohead lc rgb '#c0c0c0' notitle",
              paper.plot().table(inside) + " with points pt 7 ps 1.1 lc palette notitle",
              paper.plot().table(hull) +
                  " with points pt 6 ps 1.1 lc rgb '#606060' title 'on the hull: not left out'"});
  paper.write();
}

}  // namespace bondscope
