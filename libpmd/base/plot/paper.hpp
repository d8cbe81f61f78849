#pragma once

// The paper of all pictures: panels, axes, text, keys and colour bars, each placed in pixels. What pictures
// have in common (fonts, ticks, grid, where axis titles stand) is decided here.

#include <array>
#include <filesystem>
#include <string>
#include <vector>

#include "libpmd/base/plot/axis.hpp"
#include "libpmd/base/plot/gnuplot.hpp"

namespace bondscope {

// Colours: maps whose steps look equal, and line colours that stay apart for colour-blind readers.

/// For Paper::colours(), of momentum distributions: matplotlib's inferno, sampled at nine equidistant points.
inline constexpr const char* distribution_palette =
    "set palette defined (0 '#000004', 1 '#1f0c48', 2 '#57106e', 3 '#8a226a', 4 '#bc3754', 5 '#e35933', "
    "6 '#f98e09', 7 '#f9cb35', 8 '#fcffa4')";

/// Of grey levels.
inline constexpr const char* grey_palette = "set palette defined (0 '#000000', 1 '#ffffff')";

/// Of densities of points: matplotlib's viridis, its bright end darkened to be seen on white.
inline constexpr const char* density_palette =
    "set palette defined (0 '#440154', 1 '#472d7b', 2 '#3b528b', 3 '#2c728e', 4 '#21918c', 5 '#28ae80', "
    "6 '#5ec962', 7 '#addc30', 8 '#e6dc20')";

/// Of points on white: from dark to bright would hide one end, so blue over violet to orange.
inline constexpr const char* point_palette =
    "set palette defined (0 '#0d0887', 1 '#7e03a8', 2 '#cc4778', 3 '#f89540', 4 '#fdca26')";

/// Of fractions, from white over light to dark blue: told apart by lightness alone.
inline constexpr const char* fraction_palette = "set palette defined (0 '#ffffff', 1 '#6baed6', 2 '#08306b')";

/// Of differences around 0 (ColorBrewer's RdBu).
inline constexpr const char* difference_palette =
    "set palette defined (-1 '#2166ac', -0.5 '#92c5de', 0 '#f7f7f7', 0.5 '#f4a582', 1 '#b2182b')";

/// Of lines and points on white (Okabe & Ito).
inline constexpr std::array<const char*, 8> line_colours{"#0072b2", "#d55e00", "#009e73", "#cc79a7",
                                                         "#56b4e9", "#e69f00", "#000000", "#7f7f7f"};
inline constexpr const char* grey = "#777777";  ///< of lines that only help

/// Pixels from the upper left corner.
struct Box {
  double left = 0, top = 0, width = 0, height = 0;  ///< pixels, from the upper left corner
  /// Right edge, pixels.
  double right() const { return left + width; }
  /// Lower edge, pixels.
  double bottom() const { return top + height; }
  /// Pixels.
  double centre_x() const { return left + width / 2; }
  /// Pixels.
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

  /// For what this class has no word for.
  Gnuplot& plot() { return plot_; }
  /// A line of gnuplot's language.
  void command(const std::string& line) { plot_.command(line); }
  /// Pixels.
  double width() const { return width_; }
  /// Pixels.
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

  /// Colours of the values in `range`, until the next call; `palette` is one of those above.
  void colours(const std::string& palette, const PlotRange& range);
  /// Shows them beside `axes`; `ticks` are a step or log_ticks().
  void colour_bar(const Box& axes, const std::string& ticks, const std::string& title);

  /// What `plot` draws, the last one on top.
  void draw(const std::vector<std::string>& layers);
  /// Draws and writes the picture. Throws FileError.
  void write();

 private:
  double width_, height_;
  Gnuplot plot_;
  Box axes_;
  PlotRange x_, y_;
};

}  // namespace bondscope
