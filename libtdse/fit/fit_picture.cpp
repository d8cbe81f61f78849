#include "libtdse/fit/fit_picture.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include <fmt/format.h>

#include "libpmd/base/plot/paper.hpp"

namespace bondscope::tdse {
namespace {

constexpr double width = 340, gap = 146, top = 84;
constexpr double decades = 5;

std::vector<double> middles(const Interval& range, int n) {
  std::vector<double> all;
  for (int i = 0; i < n; ++i)
    all.push_back(range.min + (i + 0.5) * (range.max - range.min) / n);
  return all;
}

}  // namespace

void draw_fit(const Observation& observation, const FitResult& result, const std::string& title,
              const std::filesystem::path& png) {
  const auto& cells = observation.cells;
  const auto x = middles(cells.kx, cells.nx), y = middles(cells.ky, cells.ny);
  const double brightest = *std::ranges::max_element(observation.values);
  const auto nan = std::numeric_limits<float>::quiet_NaN();
  const std::size_t n = cells.size();
  std::vector<float> seen(n, nan), expected(n, nan), difference(n, nan);
  double largest = observation.electrons ? 3 : 0.02;
  for (std::size_t c = 0; c < n; ++c) {
    const double value = observation.values[c], fitted = result.expected[c];
    if (value > 0) seen[c] = static_cast<float>(std::log10(value / brightest));
    if (!observation.used[c]) continue;
    expected[c] = static_cast<float>(std::log10(fitted / brightest));
    difference[c] =
        static_cast<float>(observation.electrons ? (value - fitted) / std::sqrt(std::max(fitted, 1.0))
                                                 : std::log10(value / fitted));
    largest = std::max(largest, std::abs(static_cast<double>(difference[c])));
  }
  const double height = width * (cells.ky.max - cells.ky.min) / (cells.kx.max - cells.kx.min);
  Paper paper(png, left_margin + 3 * width + 2 * gap + colour_bar_margin, top + height + bottom_margin,
              title);
  struct Panel {
    const char* name;
    const std::vector<float>* values;
    const char* bar;
    bool is_difference;
  };
  const std::array<Panel, 3> panels{
      {{"observed", &seen, "log_{10} of the brightest", false},
       {"fitted", &expected, "log_{10} of the brightest", false},
       {"observed - fitted", &difference,
        observation.electrons ? "standard deviations" : "log_{10}(observed / fitted)", true}}};
  Box box{left_margin, top, width, height};
  for (const auto& [name, values, bar, is_difference] : panels) {
    const PlotRange range = is_difference ? PlotRange{-largest, largest} : PlotRange{-decades, 0};
    paper.colours(is_difference ? difference_palette : distribution_palette, range);
    paper.place(box, {cells.kx.min, cells.kx.max}, {cells.ky.min, cells.ky.max});
    paper.axis_titles("k_x (a.u.)", &values == &panels.front().values ? "k_y (a.u.)" : "");
    paper.text(name, box.centre_x(), top - 16, "center font ',12'");
    paper.colour_bar(box, fmt::format("{}", tick_step(range, 6)), bar);
    paper.draw({paper.plot().matrix(*values, x, y)});
    box.left += width + gap;
  }
  paper.write();
}

}  // namespace bondscope::tdse
