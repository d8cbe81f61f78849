#include <algorithm>
#include <cmath>
#include <numeric>

#include "libml/report/figures.hpp"
#include "libml/report/figures/frame.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/text/number.hpp"

namespace bondscope::ml {
namespace {

using namespace figure;
using Counts = std::vector<std::vector<std::size_t>>;

void check(const std::filesystem::path& png, const std::vector<std::string>& classes, const Counts& counts) {
  bool fits = !classes.empty() && classes.size() <= most_classes_drawn && counts.size() == classes.size();
  for (const auto& row : counts)
    fits = fits && row.size() == classes.size();
  if (!fits)
    throw DataError(png.string() + ": a confusion matrix of " + std::to_string(counts.size()) + " rows for " +
                    std::to_string(classes.size()) + " classes; expected classes x classes, at most " +
                    std::to_string(most_classes_drawn));
}

double total(const std::vector<std::size_t>& row) {
  return static_cast<double>(std::accumulate(row.begin(), row.end(), std::size_t{0}));
}

/// From white over light to dark blue: told apart by lightness alone.
std::array<std::uint8_t, 3> colour_of(double fraction) {
  constexpr std::array<std::array<double, 3>, 3> stops{{{255, 255, 255}, {107, 174, 214}, {8, 48, 107}}};
  const double position = std::clamp(fraction, 0.0, 1.0) * 2;
  const std::size_t below = position < 1 ? 0 : 1;
  std::array<std::uint8_t, 3> rgb{};
  for (std::size_t i = 0; i < 3; ++i)
    rgb[i] = static_cast<std::uint8_t>(
        std::lround(std::lerp(stops[below][i], stops[below + 1][i], position - static_cast<double>(below))));
  return rgb;
}

std::string per_cent(double fraction) {
  char text[16];
  std::snprintf(text, sizeof text, "%.0f %%", 100 * fraction);
  return text;
}

constexpr double most_for_names = 150, top = 84, room_for_bar = 100, name_size = 11.5;

/// Where everything is, in pixels.
struct Layout {
  std::size_t n;
  double cell, side;  ///< of one class, of the matrix
  std::vector<std::string> names;
  bool slanted = false;  ///< names below, where they are wider than a cell
  double left = 0, width = 0, height = 0;

  explicit Layout(const std::vector<std::string>& classes)
      : n(classes.size()),
        cell(std::clamp(480.0 / static_cast<double>(n), 34.0, 110.0)),
        side(cell * static_cast<double>(n)) {
    double longest = 0;
    for (const auto& name : classes) {
      names.push_back(fitted(name, most_for_names, name_size));
      longest = std::max(longest, text_width(names.back(), name_size));
    }
    slanted = longest > cell;
    left = longest + 58;
    width = std::max(left + side + room_for_bar, 480.0);
    height = top + side + (slanted ? 60 + 0.65 * longest : 62);
  }
  double middle(std::size_t i) const { return (static_cast<double>(i) + 0.5) * cell; }
};

std::string font(double size) {
  return "font '," + format_number(size) + "'";
}

/// Count and, where there is room, per cent of the true class.
void write_cell(Paper& paper, const Layout& at, std::size_t i, std::size_t j, std::size_t count, double row) {
  constexpr double fewest_for_fraction = 52;
  const bool roomy = at.cell >= fewest_for_fraction;
  const double fraction = row > 0 ? static_cast<double>(count) / row : 0;
  const double x = at.left + at.middle(j), y = top + at.middle(i);
  const std::string ink = fraction > 0.55 ? "#ffffff" : count == 0 ? "#999999" : "#000000";
  const auto colour = " textcolor rgb '" + ink + "'";
  paper.text(std::to_string(count), x, y - (roomy ? 8 : 0), "center front " + font(roomy ? 13 : 10) + colour);
  if (roomy && row > 0) paper.text(per_cent(fraction), x, y + 12, "center front " + font(10) + colour);
}

void write_names(Paper& paper, const Layout& at) {
  for (std::size_t i = 0; i < at.n; ++i) {
    const auto name = plain(at.names[i]);
    paper.text(name, at.left - 8, top + at.middle(i), "right " + font(name_size));
    if (at.slanted)
      paper.text(name, at.left + at.middle(i), top + at.side + 12, "right rotate by 40 " + font(name_size));
    else
      paper.text(name, at.left + at.middle(i), top + at.side + 16, "center " + font(name_size));
  }
  paper.text("true class", 24, top + at.side / 2, "center rotate by 90 " + font(13));
  paper.text("predicted class", at.left + at.side / 2, at.height - 18, "center " + font(13));
}

void add_colour_bar(Paper& paper, const Layout& at) {
  paper.text("fraction of the true class", at.left + at.side + 76, top + at.side / 2,
             "center rotate by 90 " + font(11));
  paper.command("set palette defined (0 '#ffffff', 1 '#6baed6', 2 '#08306b')");
  paper.command("set cbrange [0:1]");
  paper.command("set cbtics ('0' 0, '0.5' 0.5, '1' 1) scale 0.4");
  paper.colour_bar({at.left + at.side + 14, top, 12, at.side});
}

void add_grid(Paper& paper, std::size_t n) {
  const auto last = std::to_string(n);
  for (std::size_t i = 1; i < n; ++i) {
    const auto at = std::to_string(i);
    for (const auto& ends :
         {at + ",0 to first " + at + "," + last, "0," + at + " to first " + last + "," + at})
      paper.command("set arrow from first " + ends + " nohead front lw 0.6 lc rgb '#b0b0b0'");
  }
}

}  // namespace

void draw_confusion(const std::filesystem::path& png, const std::string& title,
                    const std::vector<std::string>& classes, const Counts& counts) {
  check(png, classes, counts);
  const Layout at(classes);
  Paper paper(png, static_cast<int>(at.width), static_cast<int>(at.height), title);
  paper.place({at.left, top, at.side, at.side});
  paper.command("unset xtics; unset ytics; unset grid");
  double right = 0, all = 0;
  std::vector<std::uint8_t> rgb;
  // The picture's rows run upwards, the matrix's downwards.
  for (std::size_t i = at.n; i-- > 0;) {
    const double row = total(counts[i]);
    all += row;
    right += static_cast<double>(counts[i][i]);
    for (std::size_t j = 0; j < at.n; ++j) {
      const auto colour = colour_of(row > 0 ? static_cast<double>(counts[i][j]) / row : 0);
      rgb.insert(rgb.end(), colour.begin(), colour.end());
      write_cell(paper, at, i, j, counts[i][j], row);
    }
  }
  paper.text(format_number(right) + " of " + format_number(all) + " test runs right" +
                 (all > 0 ? " (" + per_cent(right / all) + ")" : ""),
             at.width / 2, 54, "center " + font(12));
  write_names(paper, at);
  add_colour_bar(paper, at);
  add_grid(paper, at.n);
  const double end = static_cast<double>(at.n);
  paper.ranges({0, end}, {0, end});
  // The point outside carries the palette that the colour bar shows.
  paper.draw(paper.plot().cells(rgb, at.n, 0, end, 0, end) + ", " + paper.plot().table({{-1}, {-1}, {0}}) +
             " using 1:2:3 with points pt 7 lc palette");
  paper.write();
}

}  // namespace bondscope::ml
