#include "libpmd/base/plot/paper.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "libpmd/base/plot/markup.hpp"

namespace bondscope {
namespace {

constexpr double title_size = 14, axis_title_size = 12.5, tick_size = 11;
/// From an axis to the middle of its title.
constexpr double below = 44, left_of = 65, right_of = 74;
constexpr double bar_gap = 14, bar_width = 12, right_of_bar = 50;

std::string upright(const std::string& colour) {
  return fmt::format("center rotate by 90 font ',{}' textcolor rgb '{}'", axis_title_size, colour);
}

}  // namespace

Paper::Paper(const std::filesystem::path& png, double width, double height, const std::string& title)
    : width_(width), height_(height), plot_(png, static_cast<int>(width), static_cast<int>(height)) {
  command("set multiplot");
  command("set minussign");
  command("unset key; unset colorbox");
  command("set border lw 0.8 lc rgb '#404040'");
  command("set style fill solid 1 noborder");
  command("set bars 0.7");
  if (!title.empty())
    text(plain_markup(fitted(title, width - 30, title_size)), width / 2, 24,
         fmt::format("center font ',{}'", title_size));
}

void Paper::place(const Box& axes, const PlotRange& x, const PlotRange& y) {
  axes_ = axes;
  x_ = x;
  y_ = y;
  command(fmt::format("set lmargin at screen {}; set rmargin at screen {}", axes.left / width_,
                      axes.right() / width_));
  command(fmt::format("set tmargin at screen {}; set bmargin at screen {}", 1 - axes.top / height_,
                      1 - axes.bottom() / height_));
  command(fmt::format("set xrange [{}:{}]; set yrange [{}:{}]", x.min, x.max, y.min, y.max));
  command(fmt::format("set tics out nomirror scale 0.6 font ',{}' textcolor rgb '#000000'", tick_size));
  command("set xtics autofreq format '%g' offset 0,0.3; set ytics autofreq format '%g'");
  command("set grid lw 0.8 lt 1 lc rgb '#e4e4e4'");
}

void Paper::logarithmic(const std::string& axes) {
  for (const char axis : axes)
    command(fmt::format("set logscale {0}; set {0}tics {1}", axis, log_ticks(axis == 'x' ? x_ : y_)));
}

void Paper::without_ticks() {
  command("unset xtics; unset ytics; unset grid");
}

void Paper::axis_titles(const std::string& x, const std::string& y, const std::string& y_colour) {
  if (!x.empty())
    text(x, axes_.centre_x(), axes_.bottom() + below, fmt::format("center font ',{}'", axis_title_size));
  if (!y.empty()) text(y, axes_.left - left_of, axes_.centre_y(), upright(y_colour));
}

void Paper::right_axis(const PlotRange& range, const std::string& title, const std::string& colour) {
  command(fmt::format("set y2range [{}:{}]", range.min, range.max));
  command(fmt::format("set y2tics autofreq format '%g' out scale 0.6 font ',{}' textcolor rgb '{}'",
                      tick_size, colour));
  text(title, axes_.right() + right_of, axes_.centre_y(), upright(colour));
}

void Paper::text(const std::string& markup, double x, double y, const std::string& options) {
  command(fmt::format("set label '{}' at screen {},{} {}", markup, x / width_, 1 - y / height_, options));
}

void Paper::key(double x, double y, const std::string& options) {
  command(fmt::format("set key at screen {},{} left top Left reverse samplen 2 font ',{}' {}", x / width_,
                      1 - y / height_, tick_size, options));
}

void Paper::vertical_line(double x, const std::string& options) {
  command(fmt::format("set arrow from first {0}, graph 0 to first {0}, graph 1 nohead {1}", x, options));
}

void Paper::colours(const std::string& palette, const PlotRange& range) {
  command(palette);
  command(fmt::format("set cbrange [{}:{}]", range.min, range.max));
}

void Paper::colour_bar(const Box& axes, const std::string& ticks, const std::string& title) {
  command(fmt::format("set colorbox vertical user origin screen {},{} size screen {},{}",
                      (axes.right() + bar_gap) / width_, 1 - axes.bottom() / height_, bar_width / width_,
                      axes.height / height_));
  command(fmt::format("set cbtics {} scale 0.4", ticks));
  text(title, axes.right() + bar_gap + bar_width + right_of_bar, axes.centre_y(), upright("#000000"));
}

void Paper::draw(const std::vector<std::string>& layers) {
  command(fmt::format("plot {}", fmt::join(layers, ", ")));
  command("unset label; unset arrow; unset object; unset key; unset colorbox; unset logscale; unset y2tics");
}

void Paper::write() {
  command("unset multiplot");
  plot_.write();
}

}  // namespace bondscope
