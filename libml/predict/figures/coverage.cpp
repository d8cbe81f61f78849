#include <algorithm>

#include <fmt/format.h>

#include "libml/predict/coverage_text.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/plot/markup.hpp"
#include "libpmd/base/plot/paper.hpp"

namespace bondscope::ml {
namespace {

constexpr double panel = 330, panel_gap = 40, panel_top = 60;
constexpr std::size_t bars = 10;

void draw_levels(Paper& paper, const Box& box, const TargetCoverage& of) {
  std::vector<double> level, share, low, high;
  for (const auto& c : of.curve) {
    if (c.runs == 0) continue;
    level.push_back(c.level);
    share.push_back(c.share());
    low.push_back(c.low);
    high.push_back(c.high);
  }
  paper.place(box, {0, 1}, {0, 1});
  paper.axis_titles("promised", "share of the runs");
  paper.text(plain_markup(of.target.label), box.centre_x(), box.top - 16);
  if (level.empty()) return;
  auto& plot = paper.plot();
  std::vector<std::string> layers;
  if (of.curve.front().judged)
    layers.push_back(fmt::format("{} using 1:2:3 with filledcurves lc rgb '#cfe3f2' notitle",
                                 plot.table({level, low, high})));
  layers.push_back(fmt::format("x with lines lc rgb '{}' dt 2 notitle", grey));
  layers.push_back(fmt::format("{} using 1:2 with linespoints pt 7 ps 0.9 lw 2 lc rgb '{}' notitle",
                               plot.table({level, share}), line_colours[0]));
  paper.draw(layers);
}

void draw_transforms(Paper& paper, const Box& box, const TargetCoverage& of) {
  std::vector<double> place, share(bars, 0.0);
  for (std::size_t b = 0; b < bars; ++b)
    place.push_back((static_cast<double>(b) + 0.5) / bars);
  for (const double u : of.transforms)
    share[std::min(bars - 1, static_cast<std::size_t>(u * bars))] +=
        static_cast<double>(bars) / static_cast<double>(of.transforms.size());
  paper.place(box, {0, 1}, {0, std::max(2.0, 1.1 * *std::ranges::max_element(share))});
  paper.axis_titles("share of the density below the truth", "runs, relative to flat");
  const auto table = paper.plot().table({place, share});
  paper.draw({fmt::format("{} using 1:2:({}) with boxes fill solid 0.6 lc rgb '{}' notitle", table,
                          0.9 / bars, line_colours[0]),
              fmt::format("1 with lines lc rgb '{}' dt 2 notitle", grey)});
}

}  // namespace

void draw_coverage(const std::filesystem::path& png, const std::string& title,
                   const std::vector<TargetCoverage>& coverages) {
  constexpr std::size_t most = 6;
  const auto columns = std::min(coverages.size(), most);
  if (columns == 0) throw DataError(png.string() + ": there is no coverage to draw");
  const double step = left_margin + panel + panel_gap, row = panel + bottom_margin + panel_gap;
  Paper paper(png, std::max(step * static_cast<double>(columns), 560.0), panel_top + 2 * row,
              plain_markup(title));
  for (std::size_t t = 0; t < columns; ++t) {
    const double left = left_margin + step * static_cast<double>(t);
    draw_levels(paper, {left, panel_top, panel, panel}, coverages[t]);
    draw_transforms(paper, {left, panel_top + row, panel, panel}, coverages[t]);
  }
  paper.write();
}

}  // namespace bondscope::ml
