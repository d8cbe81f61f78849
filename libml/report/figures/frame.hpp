#pragma once

// What all pictures share: paper, places in pixels, text that fits, colours.

#include <array>
#include <filesystem>
#include <string>
#include <vector>

#include "libml/data/targets.hpp"
#include "libml/report/evaluation.hpp"
#include "libpmd/base/plot/gnuplot.hpp"
#include "libpmd/base/text/number.hpp"

namespace bondscope::ml::figure {

/// Of lines and points on white, apart for colour-blind readers too (Okabe & Ito).
inline constexpr std::array<const char*, 8> colours{"#0072b2", "#d55e00", "#009e73", "#cc79a7",
                                                    "#56b4e9", "#e69f00", "#000000", "#7f7f7f"};
inline constexpr const char* grey = "#777777";
/// "set palette …" for densities of points: matplotlib's viridis, its bright end darkened to
/// be seen on white.
std::string density_palette();

/// Pixels from the upper left corner.
struct Box {
  double left = 0, top = 0, width = 0, height = 0;
};

struct Range {
  double min = 0, max = 0;
};
/// Of the finite values, wider by `padding` of its length at both ends; never empty.
Range padded_range(const std::vector<double>& values, double padding);

/// 1, 2 or 5 times a power of ten, so that about `wanted` ticks fit.
double tick_step(const Range& range, int wanted);

/// Three significant digits, for people.
std::string number(double value);
/// Text as gnuplot markup without quotes: nothing in it is special.
std::string plain(const std::string& text);
/// Unit with raised powers, as markup: 1e14 W/cm^2 with both exponents.
std::string unit_markup(const std::string& unit);
/// Three digits and the unit, as markup; a power of ten in the unit follows a multiplication sign.
std::string with_unit(double value, const std::string& unit);
/// "before label (unit)" as markup.
std::string axis_markup(const Target& target, const std::string& before = "");
/// Pixels that a text takes, on the safe side.
double text_width(const std::string& text, double font_size);
/// Text cut to what fits into so many pixels at this font size.
std::string fitted(const std::string& text, double pixels, double font_size);

/// A paper of several panels. What text(), key() and colour_bar() put somewhere belongs to the
/// next draw().
class Paper {
 public:
  Paper(const std::filesystem::path& png, int width, int height, const std::string& title);

  Gnuplot& plot() { return plot_; }
  void command(const std::string& line) { plot_.command(line); }
  /// The next panel's axes.
  void place(const Box& box);
  void ranges(const Range& x, const Range& y);
  /// Axis titles at a fixed distance, whatever the tick labels are; empty: none.
  void axes(const std::string& x_markup, const std::string& y_markup);
  /// `options` e.g. "center" or "right font ',10'".
  void text(const std::string& markup, double x, double y, const std::string& options);
  /// The key's upper left corner; `options` of gnuplot's `set key`.
  void key(double x, double y, const std::string& options = "");
  /// Shows the palette there.
  void colour_bar(const Box& box);
  /// What follows `plot`.
  void draw(const std::string& what);
  void write();

 private:
  double width_, height_;
  Gnuplot plot_;
  Box box_;
};

/// Ticks of a logarithmic axis: also 2 and 5 times powers of ten where there are few of these.
std::string log_ticks(char axis, const Range& range);

/// Throws DataError if there is nothing to draw or a value is missing or not finite.
void expect_predictions(const std::filesystem::path& png, const Evaluation& evaluation);

}  // namespace bondscope::ml::figure
