#pragma once

// The paper of all pictures: panels, axes, text, keys and colour bars, each placed in pixels. What pictures
// have in common (fonts, ticks, grid, where axis titles stand) is decided here.

#include <filesystem>
#include <string>
#include <vector>

#include "libpmd/base/plot/axis.hpp"
#include "libpmd/base/plot/gnuplot.hpp"
#include "libpmd/base/plot/palette.hpp"

namespace bondscope {

/// Pixels from the upper left corner.
struct Box {
  double left = 0, top = 0, width = 0, height = 0;
  double right() const { return left + width; }
  double bottom() const { return top + height; }
  double centre_x() const { return left + width / 2; }
  double centre_y() const { return top + height / 2; }
};

/// Pixels that ticks and title of an axis take, and a colour bar with its own.
inline constexpr double left_margin = 86, bottom_margin = 62, colour_bar_margin = 102;

/// What text(), key(), vertical_line() and colour_bar() put somewhere belongs to the next draw(). Text is
/// markup: what comes from outside must pass plain_markup().
class Paper {
 public:
  /// Size in pixels; the title stands in the middle of the top edge, cut to what fits. Throws as Gnuplot().
  Paper(const std::filesystem::path& png, double width, double height, const std::string& title = "");

  Gnuplot& plot() { return plot_; }
  void command(const std::string& line) { plot_.command(line); }
  double width() const { return width_; }
  double height() const { return height_; }

  /// The next panel: its axes, with ticks wherever gnuplot finds them right.
  void place(const Box& axes, const PlotRange& x, const PlotRange& y);
  /// 'x', 'y' or "xy" of this panel become logarithmic.
  void logarithmic(const std::string& axes);
  /// Neither ticks nor grid in this panel.
  void without_ticks();
  /// Axis titles at a fixed distance, whatever the tick labels are; empty: none.
  void axis_titles(const std::string& x, const std::string& y, const std::string& y_colour = "#000000");
  /// A second y axis on the right ("axes x1y2"), with its title.
  void right_axis(const PlotRange& range, const std::string& title, const std::string& colour);

  /// `options` e.g. "center" or "right font ',10'".
  void text(const std::string& markup, double x, double y, const std::string& options = "center");
  /// The key's upper left corner; `options` of gnuplot's `set key`.
  void key(double x, double y, const std::string& options = "");
  /// From the bottom to the top of this panel; `options` of gnuplot's `set arrow`.
  void vertical_line(double x, const std::string& options);

  /// Colours of the values in `range`, until the next call; `palette` is one of palette.hpp.
  void colours(const std::string& palette, const PlotRange& range);
  /// Shows them beside `axes`; `ticks` are a step or log_ticks().
  void colour_bar(const Box& axes, const std::string& ticks, const std::string& title);

  /// What `plot` draws, the last one on top.
  void draw(const std::vector<std::string>& layers);
  void write();

 private:
  double width_, height_;
  Gnuplot plot_;
  Box axes_;
  PlotRange x_, y_;
};

}  // namespace bondscope
