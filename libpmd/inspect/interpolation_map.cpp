#include "libpmd/inspect/interpolation_map.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "libpmd/base/plot/gnuplot.hpp"
#include "libpmd/base/text/number.hpp"

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

std::string range(double min, double max) {
  const double margin = 0.03 * (max - min);
  std::string text = "[";
  text += format_number(min - margin) + ":" + format_number(max + margin) + "]";
  return text;
}

/// gnuplot draws nothing if all values are the same and it chooses the range itself.
std::string colour_range(const std::vector<double>& errors) {
  if (errors.empty()) return "[0.1:10]";
  auto [least, most] = std::minmax_element(errors.begin(), errors.end());
  const double widen = *most > 1.1 * *least ? 1 : 2;
  std::string text = "[";
  text += format_number(*least / widen) + ":" + format_number(*most * widen) + "]";
  return text;
}

}  // namespace

void draw_interpolation_map(const Triangulation& triangulation, const std::vector<LeftOut>& left_out,
                            const std::string& title, const std::filesystem::path& png) {
  Gnuplot plot(png, 900, 560);
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
  plot.command("set title " + Gnuplot::quote(title));
  plot.command("set xlabel " + Gnuplot::quote("R (a.u.)"));
  plot.command("set ylabel " + Gnuplot::quote("I (10¹⁴ W/cm²)"));
  plot.command("set cblabel " + Gnuplot::quote("left out and interpolated: mean |ΔW|, grey levels"));
  plot.command("set xrange " + range(min.R, max.R));
  plot.command("set yrange " + range(min.intensity / intensity_unit, max.intensity / intensity_unit));
  plot.command("set tics out nomirror");
  plot.command("set bmargin 5");
  plot.command("set key at screen 0.98,0.02 right bottom");
  plot.command("set logscale cb");
  plot.command("set cbrange " + colour_range(inside[2]));
  // From dark to bright would hide the small ones on white: blue over violet to orange.
  plot.command("set palette defined (0 '#0d0887', 1 '#7e03a8', 2 '#cc4778', 3 '#f89540', 4 '#fdca26')");
  plot.command(
      "plot " + plot.table(edges_of(triangulation)) + " with vectors nohead lc rgb '#c0c0c0' notitle, " +
      plot.table(inside) + " with points pt 7 ps 1.1 lc palette notitle, " + plot.table(hull) +
      " with points pt 6 ps 1.1 lc rgb '#606060' title " + Gnuplot::quote("on the hull: not left out"));
  plot.write();
}

}  // namespace bondscope
