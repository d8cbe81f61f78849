#include <algorithm>
#include <numeric>

#include <fmt/format.h>

#include "libml/report/figures.hpp"
#include "libml/report/figures/frame.hpp"
#include "libpmd/base/error.hpp"

namespace bondscope::ml {
namespace {

using namespace figure;
using Counts = std::vector<std::vector<std::size_t>>;

void check(const std::filesystem::path& png, const std::vector<std::string>& classes, const Counts& counts) {
  bool fits = !classes.empty() && classes.size() <= most_classes_drawn && counts.size() == classes.size();
  for (const auto& row : counts)
    fits = fits && row.size() == classes.size();
  if (!fits)
    throw DataError(fmt::format(
        "{}: a confusion matrix of {} rows for {} classes; expected classes x classes, at most {}",
        png.string(), counts.size(), classes.size(), most_classes_drawn));
}

double total(const std::vector<std::size_t>& row) {
  return static_cast<double>(std::accumulate(row.begin(), row.end(), std::size_t{0}));
}

std::string per_cent(double fraction) {
  return fmt::format("{:.0f} %", 100 * fraction);
}

constexpr double most_for_names = 150, top = 84, name_size = 11.5;

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
    width = std::max(left + side + colour_bar_margin, 480.0);
    height = top + side + (slanted ? 60 + 0.65 * longest : bottom_margin);
  }
  Box matrix() const { return {left, top, side, side}; }
  double middle(std::size_t i) const { return (static_cast<double>(i) + 0.5) * cell; }
};

/// Count and, where there is room, per cent of the true class.
void write_cell(Paper& paper, const Layout& at, std::size_t i, std::size_t j, std::size_t count,
                double fraction) {
  constexpr double fewest_for_fraction = 52;
  const bool roomy = at.cell >= fewest_for_fraction, with_fraction = roomy && count > 0;
  const double x = at.left + at.middle(j), y = top + at.middle(i);
  const char* ink = fraction > 0.55 ? "#ffffff" : count == 0 ? "#999999" : "#000000";
  const auto write = [&](const std::string& text, double down, int size) {
    paper.text(text, x, y + down, fmt::format("center front font ',{}' textcolor rgb '{}'", size, ink));
  };
  write(std::to_string(count), with_fraction ? -8 : 0, roomy ? 13 : 10);
  if (with_fraction) write(per_cent(fraction), 12, 10);
}

void write_names(Paper& paper, const Layout& at) {
  const auto font = fmt::format(" font ',{}'", name_size);
  for (std::size_t i = 0; i < at.n; ++i) {
    const auto name = plain_markup(at.names[i]);
    paper.text(name, at.left - 8, top + at.middle(i), "right" + font);
    paper.text(name, at.left + at.middle(i), top + at.side + (at.slanted ? 12 : 16),
               (at.slanted ? "right rotate by 40" : "center") + font);
  }
  paper.text("true class", 24, top + at.side / 2, "center rotate by 90 font ',13'");
  paper.text("predicted class", at.left + at.side / 2, at.height - 18, "center font ',13'");
}

void add_grid(Paper& paper, std::size_t n) {
  for (std::size_t i = 1; i < n; ++i) {
    const char* style = "nohead front lw 0.6 lc rgb '#b0b0b0'";
    paper.command(fmt::format("set arrow from first {0},0 to first {0},{1} {2}", i, n, style));
    paper.command(fmt::format("set arrow from first 0,{0} to first {1},{0} {2}", i, n, style));
  }
}

}  // namespace

void draw_confusion(const std::filesystem::path& png, const std::string& title,
                    const std::vector<std::string>& classes, const Counts& counts) {
  check(png, classes, counts);
  const Layout at(classes);
  Paper paper(png, at.width, at.height, title);
  const PlotRange cells{0, static_cast<double>(at.n)};
  paper.place(at.matrix(), cells, cells);
  paper.without_ticks();
  double right = 0, all = 0;
  std::vector<float> fractions(at.n * at.n);
  std::vector<double> centres(at.n);
  for (std::size_t i = 0; i < at.n; ++i) {
    const double row = total(counts[i]);
    all += row;
    right += static_cast<double>(counts[i][i]);
    centres[i] = static_cast<double>(i) + 0.5;
    for (std::size_t j = 0; j < at.n; ++j) {
      const double fraction = row > 0 ? static_cast<double>(counts[i][j]) / row : 0;
      // The picture's rows run upwards, the matrix's downwards.
      fractions[j * at.n + at.n - 1 - i] = static_cast<float>(fraction);
      write_cell(paper, at, i, j, counts[i][j], fraction);
    }
  }
  paper.text(fmt::format("{} of {} test runs right{}", right, all,
                         all > 0 ? fmt::format(" ({})", per_cent(right / all)) : ""),
             at.width / 2, 54, "center font ',12'");
  write_names(paper, at);
  add_grid(paper, at.n);
  paper.colours(fraction_palette, {0, 1});
  paper.colour_bar(at.matrix(), "0.5", "fraction of the true class");
  paper.draw({paper.plot().matrix(fractions, centres, centres)});
  paper.write();
}

}  // namespace bondscope::ml
