#include "libpmd/base/plot/sheet.hpp"

#include <algorithm>
#include <cmath>
#include <sstream>

#include "libpmd/base/error.hpp"
#include "libpmd/base/plot/gnuplot.hpp"
#include "libpmd/base/plot/palette.hpp"
#include "libpmd/base/text/number.hpp"

namespace bondscope {
namespace {

// Pixels. Distances leave room for tick labels, axis titles and the panels' two title lines.
constexpr int panel_width = 320;
constexpr int left_margin = 78, column_gap = 62, column_gap_of_curve = 104;
constexpr int title_height = 46, row_gap = 30, bottom_margin = 58, top_margin = 12;
constexpr int bar_gap = 30, bar_width = 16, bar_labels = 72, right_margin = 10;
constexpr int tallest_bar = 520, smallest_panel_height = 120, largest_panel_height = 640;

std::string range(const char* axis, double min, double max) {
  return std::string("set ") + axis + "range [" + format_number(min) + ":" + format_number(max) + "]";
}

/// 1, 2 or 5 times a power of ten, so that about `wanted` ticks fit.
double tick_step(double length, int wanted) {
  const double rough = length / wanted, power = std::pow(10.0, std::floor(std::log10(rough)));
  for (const double factor : {1.0, 2.0, 5.0})
    if (rough <= factor * power) return factor * power;
  return 10 * power;
}

/// Words in lines of at most `width` characters, if they allow it.
std::vector<std::string> wrapped(const std::string& text, std::size_t width) {
  std::vector<std::string> lines;
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    if (lines.empty() || lines.back().size() + 1 + word.size() > width)
      lines.push_back(word);
    else
      lines.back() += " " + word;
  }
  return lines;
}

struct Box {
  double left, top, width, height;  ///< pixels from the upper left corner
};

class Sheet {
 public:
  Sheet(std::span<const Panel> panels, const SheetSettings& settings) : panels_(panels), settings_(settings) {
    columns_ = std::min(settings.columns, static_cast<int>(panels.size()));
    rows_ = (static_cast<int>(panels.size()) + columns_ - 1) / columns_;
    const auto has = [&](PanelKind kind) {
      return std::any_of(panels.begin(), panels.end(),
                         [&](const Panel& panel) { return panel.kind == kind; });
    };
    has_distributions_ = has(PanelKind::distribution);
    has_images_ = has(PanelKind::image);
    row_height_ = panel_height(has_distributions_ ? PanelKind::distribution
                               : has_images_      ? PanelKind::image
                                                  : PanelKind::curve);
    double left = left_margin;
    for (int column = 0; column < columns_; ++column) {
      if (column > 0) left += panel_width + (column_has_curve(column) ? column_gap_of_curve : column_gap);
      column_left_.push_back(left);
    }
    if (column_has_curve(0))
      for (auto& position : column_left_)
        position += column_gap_of_curve - column_gap;
  }

  int width() const {
    const int bars = int{has_distributions_} + int{has_images_};
    return static_cast<int>(column_left_.back()) + panel_width + bars * (bar_gap + bar_width + bar_labels) +
           right_margin + (bars == 0 ? 20 : 0);
  }
  int height() const {
    return static_cast<int>(top_margin + rows_ * (title_height + row_height_) + (rows_ - 1) * row_gap +
                            bottom_margin);
  }

  void draw(Gnuplot& plot) const {
    plot.command("set multiplot");
    plot.command("set minussign");
    plot.command("unset key; unset colorbox");
    plot.command("set border lw 0.8 lc rgb '#404040'");
    for (std::size_t i = 0; i < panels_.size(); ++i)
      draw_panel(plot, i);
    double left = column_left_.back() + panel_width + bar_gap;
    if (has_distributions_) {
      draw_bar(plot, left, settings_.floor, 0, 1, distribution_palette(),
               "{/:Italic W} = log_{10}(PMD / PMD_{max})");
      left += bar_width + bar_labels + bar_gap;
    }
    if (has_images_) draw_bar(plot, left, 0, 255, 51, grey_palette(), "grey level");
    plot.command("unset multiplot");
  }

 private:
  double panel_height(PanelKind kind) const {
    const double aspect = kind == PanelKind::image ? settings_.image_aspect
                          : kind == PanelKind::distribution
                              ? (settings_.ky.max - settings_.ky.min) / (settings_.kx.max - settings_.kx.min)
                              : 0.7;
    return std::round(std::clamp<double>(panel_width * aspect, smallest_panel_height, largest_panel_height));
  }

  bool column_has_curve(int column) const {
    for (std::size_t i = column; i < panels_.size(); i += columns_)
      if (panels_[i].kind == PanelKind::curve) return true;
    return false;
  }

  Box box_of(std::size_t i) const {
    const int row = static_cast<int>(i) / columns_, column = static_cast<int>(i) % columns_;
    // Curves take the height of the row, maps keep their shape and stand in the middle of it.
    const double height = panels_[i].kind == PanelKind::curve ? row_height_ : panel_height(panels_[i].kind);
    Box box{column_left_[column], 0, panel_width, std::min(height, row_height_)};
    if (panels_[i].kind == PanelKind::distribution) {
      // Where the height was clamped the width follows, to keep equal scales.
      const double aspect = (settings_.ky.max - settings_.ky.min) / (settings_.kx.max - settings_.kx.min);
      const double true_width = std::min<double>(panel_width, box.height / aspect);
      const double true_height = true_width * aspect;
      box.left += (panel_width - true_width) / 2;
      box.width = true_width;
      box.height = true_height;
    }
    box.top = top_margin + title_height + row * (title_height + row_height_ + row_gap) +
              (row_height_ - box.height) / 2;
    return box;
  }

  void place(Gnuplot& plot, const Box& box) const {
    const double w = width(), h = height();
    plot.command("set lmargin at screen " + format_number(box.left / w));
    plot.command("set rmargin at screen " + format_number((box.left + box.width) / w));
    plot.command("set tmargin at screen " + format_number(1 - box.top / h));
    plot.command("set bmargin at screen " + format_number(1 - (box.top + box.height) / h));
  }

  /// Text centred at a place given in pixels from the upper left corner. Axis titles go this way too: gnuplot
  /// places its own by the width of the tick labels, which differs from panel to panel.
  void label(Gnuplot& plot, const std::string& literal, double x, double y,
             const std::string& options) const {
    plot.command("set label " + literal + " at screen " + format_number(x / width()) + "," +
                 format_number(1 - y / height()) + " center " + options);
  }

  void axis_title(Gnuplot& plot, const std::string& markup, double x, double y) const {
    label(plot, "'" + markup + "'", x, y, "rotate by 90 font ',12'");
  }

  void draw_panel(Gnuplot& plot, std::size_t i) const {
    const Panel& panel = panels_[i];
    const Box box = box_of(i);
    const bool curve = panel.kind == PanelKind::curve, image = panel.kind == PanelKind::image;
    place(plot, box);
    plot.command("unset label");
    // Anew for each panel: a panel with a note, and each colour bar, removes ticks and their style.
    plot.command("set tics out nomirror scale 0.5 font ',10.5' textcolor rgb '#000000'");
    const double middle = box.left + box.width / 2;
    for (std::size_t line = 0; line < panel.title.size(); ++line)
      label(plot, Gnuplot::quote(panel.title[line]), middle,
            box.top - 14 - 18.0 * static_cast<double>(panel.title.size() - 1 - line), "font ',11'");

    if (!panel.note.empty()) {
      draw_note(plot, panel.note, box);
      return;
    }
    AxisRange kx = settings_.kx, ky = settings_.ky;
    if (image) {
      kx = outer_edges(panel.kx);
      ky = outer_edges(panel.ky);
    }
    plot.command(range("x", kx.min, kx.max));
    // Distributions have equal scales, so equal steps.
    const double x_step = tick_step(kx.max - kx.min, 6);
    const double y_step = image ? tick_step(ky.max - ky.min, 4) : x_step;
    plot.command("set xtics " + format_number(x_step) + " format '%g' nomirror offset 0,0.3");
    const bool lowest = i + columns_ >= panels_.size(), leftmost = i % columns_ == 0;
    if (lowest) label(plot, "'{/:Italic k_x} (a.u.)'", middle, box.top + box.height + 42, "font ',12'");
    if (curve) {
      draw_curve_axis(plot, panel);
      axis_title(plot, "d{/:Italic P}/d{/:Italic k_x} (a.u.)", box.left - 74, box.top + box.height / 2);
    } else {
      plot.command("unset logscale y");
      plot.command(range("y", ky.min, ky.max));
      plot.command("set ytics " + format_number(y_step) + " format '%g' nomirror");
      if (leftmost) axis_title(plot, "{/:Italic k_y} (a.u.)", box.left - 48, box.top + box.height / 2);
    }
    if (curve) {
      std::vector<double> heights(panel.values.begin(), panel.values.end());
      plot.command("plot " + plot.table({panel.kx, heights}) + " with lines lw 1.6 lc rgb '" + curve_colour +
                   "'");
      return;
    }
    plot.command(image ? grey_palette() : distribution_palette());
    plot.command("set cbrange [" + format_number(image ? 0 : settings_.floor) + ":" + (image ? "255" : "0") +
                 "]");
    plot.command("plot " + plot.matrix(panel.values, panel.kx, panel.ky) + " binary matrix with image");
  }

  void draw_note(Gnuplot& plot, const std::string& note, const Box& box) const {
    const auto lines = wrapped(note, 40);
    for (std::size_t line = 0; line < lines.size(); ++line)
      label(plot, Gnuplot::quote(lines[line]), box.left + box.width / 2,
            box.top + box.height / 2 +
                18.0 * (static_cast<double>(line) - static_cast<double>(lines.size() - 1) / 2),
            "font ',10.5' textcolor rgb '#b00000'");
    plot.command("unset logscale y; unset xtics; unset ytics; set xrange [0:1]; set yrange [0:1]");
    plot.command("plot NaN");
  }

  void draw_curve_axis(Gnuplot& plot, const Panel& panel) const {
    const double largest = *std::max_element(panel.values.begin(), panel.values.end());
    const double top = largest > 0 ? std::pow(10, std::ceil(std::log10(largest) + 0.05)) : 1;
    plot.command("set logscale y");
    plot.command(range("y", top * std::pow(10, std::floor(settings_.floor) - 1), top));
    plot.command("set ytics autofreq format '10^{%T}' nomirror");
  }

  static AxisRange outer_edges(const std::vector<double>& centres) {
    const double half = (centres.back() - centres.front()) / static_cast<double>(centres.size() - 1) / 2;
    return {centres.front() - half, centres.back() + half};
  }

  void draw_bar(Gnuplot& plot, double left, double min, double max, double step, const std::string& palette,
                const std::string& title) const {
    const double room = height() - top_margin - title_height - bottom_margin;
    const double length = std::min<double>(room, tallest_bar);
    const double middle = top_margin + title_height + room / 2;
    place(plot, {left, middle - length / 2, bar_width, length});
    plot.command("unset label; unset logscale y; unset xtics; unset ytics");
    plot.command("set xrange [0:1]");
    plot.command(range("y", min, max));
    plot.command("set cbrange [" + format_number(min) + ":" + format_number(max) + "]");
    plot.command("set y2range [" + format_number(min) + ":" + format_number(max) + "]");
    plot.command("set y2tics " + format_number(step) +
                 " out scale 0.5 format '%g' font ',10.5' textcolor rgb '#000000'");
    axis_title(plot, title, left + bar_width + 54, middle);
    plot.command(palette);
    constexpr int steps = 256;
    std::vector<double> y;
    std::vector<float> values;
    for (int x = 0; x < 2; ++x)
      for (int i = 0; i < steps; ++i) {
        const double value = min + (max - min) * (i + 0.5) / steps;
        if (x == 0) y.push_back(value);
        values.push_back(static_cast<float>(value));
      }
    plot.command("plot " + plot.matrix(values, std::vector<double>{0.25, 0.75}, y) +
                 " binary matrix with image");
    plot.command("unset y2tics");
  }

  std::span<const Panel> panels_;
  const SheetSettings& settings_;
  int columns_ = 1, rows_ = 1;
  bool has_distributions_ = false, has_images_ = false;
  double row_height_ = 0;
  std::vector<double> column_left_;
};

void check(const std::filesystem::path& png, std::span<const Panel> panels, const SheetSettings& settings) {
  const auto interval = [](const AxisRange& i) {
    return std::isfinite(i.min) && std::isfinite(i.max) && i.min < i.max;
  };
  if (settings.columns < 1 || settings.columns > 16)
    throw ConfigError("a sheet of " + std::to_string(settings.columns) +
                      " columns is not possible; expected 1 to 16");
  if (!interval(settings.kx) || !interval(settings.ky) || !(settings.floor < 0) ||
      !std::isfinite(settings.floor) || !(settings.image_aspect > 0) || !std::isfinite(settings.image_aspect))
    throw ConfigError(png.string() + ": ranges, floor or aspect of the sheet are not sensible");
  if (panels.empty()) throw ConfigError(png.string() + ": a sheet without panels is not possible");
  for (const auto& panel : panels) {
    if (!panel.note.empty()) continue;
    const std::size_t expected = panel.kx.size() * (panel.kind == PanelKind::curve ? 1 : panel.ky.size());
    if (panel.kx.size() < 2 || (panel.kind != PanelKind::curve && panel.ky.size() < 2) ||
        panel.values.size() != expected)
      throw DataError(png.string() + ": a panel has " + std::to_string(panel.values.size()) + " values on " +
                      std::to_string(panel.kx.size()) + " x " + std::to_string(panel.ky.size()) + " points");
  }
}

}  // namespace

void draw_sheet(const std::filesystem::path& png, std::span<const Panel> panels,
                const SheetSettings& settings) {
  check(png, panels, settings);
  const Sheet sheet(panels, settings);
  Gnuplot plot(png, sheet.width(), sheet.height());
  sheet.draw(plot);
  plot.write();
}

}  // namespace bondscope
