#include "libpmd/base/plot/sheet.hpp"

#include <algorithm>
#include <cmath>
#include <sstream>

#include <fmt/format.h>

#include "libpmd/base/error.hpp"
#include "libpmd/base/plot/markup.hpp"
#include "libpmd/base/plot/paper.hpp"

namespace bondscope {
namespace {

// Pixels. Distances leave room for tick labels, axis titles and the panels' two title lines.
constexpr double panel_width = 320, column_gap = 62, column_gap_of_curve = 96;
constexpr double top_margin = 12, title_height = 46, row_gap = 30, line_height = 18, right_margin = 30;
constexpr double tallest_bar = 520, smallest_panel_height = 120, largest_panel_height = 640;

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

PlotRange outer_edges(const std::vector<double>& centres) {
  const double half = (centres.back() - centres.front()) / static_cast<double>(centres.size() - 1) / 2;
  return {centres.front() - half, centres.back() + half};
}

/// Where everything is.
class Layout {
 public:
  Layout(std::span<const Panel> panels, const SheetSettings& settings)
      : panels_(panels), aspect_(settings.ky.length() / settings.kx.length()) {
    columns_ = std::min(static_cast<std::size_t>(settings.columns), panels.size());
    rows_ = (panels.size() + columns_ - 1) / columns_;
    image_height_ = bounded(settings.image_aspect);
    row_height_ = has(PanelKind::distribution) ? bounded(aspect_)
                  : has(PanelKind::image)      ? image_height_
                                               : bounded(0.7);
    double left = left_margin;
    for (std::size_t column = 0; column < columns_; ++column) {
      if (column > 0) left += panel_width + (column_has_curve(column) ? column_gap_of_curve : column_gap);
      column_left_.push_back(left);
    }
  }

  bool has(PanelKind kind) const {
    return std::ranges::any_of(panels_, [&](const Panel& panel) { return panel.kind == kind; });
  }

  double width() const {
    const int bars = int{has(PanelKind::distribution)} + int{has(PanelKind::image)};
    return column_left_.back() + panel_width + bars * colour_bar_margin + (bars == 0 ? right_margin : 10);
  }
  double height() const {
    const auto rows = static_cast<double>(rows_);
    return top_margin + rows * (title_height + row_height_) + (rows - 1) * row_gap + bottom_margin;
  }

  bool leftmost(std::size_t i) const { return i % columns_ == 0; }
  bool lowest(std::size_t i) const { return i + columns_ >= panels_.size(); }

  Box of_panel(std::size_t i) const {
    const auto kind = panels_[i].kind;
    // Curves take the height of the row, maps keep their shape and stand in the middle of it.
    Box box{column_left_[i % columns_], 0, panel_width, row_height_};
    if (kind == PanelKind::image) box.height = std::min(image_height_, row_height_);
    if (kind == PanelKind::distribution) {
      // Where the height was clamped the width follows, to keep equal scales.
      box.width = std::min(panel_width, row_height_ / aspect_);
      box.height = box.width * aspect_;
      box.left += (panel_width - box.width) / 2;
    }
    box.top = top_margin + title_height +
              static_cast<double>(i / columns_) * (title_height + row_height_ + row_gap) +
              (row_height_ - box.height) / 2;
    return box;
  }

  /// What the colour bar of a kind stands beside.
  Box beside_bar(PanelKind kind) const {
    const double top = top_margin + title_height, room = height() - top - bottom_margin;
    const double length = std::min(room, tallest_bar);
    const bool second = kind == PanelKind::image && has(PanelKind::distribution);
    const double right = column_left_.back() + panel_width + (second ? colour_bar_margin : 0);
    return {0, top + (room - length) / 2, right, length};
  }

 private:
  static double bounded(double aspect) {
    return std::round(std::clamp(panel_width * aspect, smallest_panel_height, largest_panel_height));
  }
  bool column_has_curve(std::size_t column) const {
    for (std::size_t i = column; i < panels_.size(); i += columns_)
      if (panels_[i].kind == PanelKind::curve) return true;
    return false;
  }

  std::span<const Panel> panels_;
  double aspect_;  ///< of distributions, height over width
  std::size_t columns_ = 1, rows_ = 1;
  double image_height_ = 0, row_height_ = 0;
  std::vector<double> column_left_;
};

class Sheet {
 public:
  Sheet(const std::filesystem::path& png, std::span<const Panel> panels, const SheetSettings& settings)
      : panels_(panels),
        settings_(settings),
        layout_(panels, settings),
        paper_(png, layout_.width(), layout_.height()) {}

  void draw() {
    for (std::size_t i = 0; i < panels_.size(); ++i) {
      const Box box = layout_.of_panel(i);
      write_lines(panels_[i].title, box.centre_x(),
                  box.top - 14 - line_height * below_first(panels_[i].title), "center font ',11'");
      if (!panels_[i].note.empty())
        draw_note(panels_[i].note, box);
      else if (panels_[i].kind == PanelKind::curve)
        draw_curve(i, box);
      else
        draw_map(i, box);
    }
    paper_.write();
  }

 private:
  static double below_first(const std::vector<std::string>& lines) {
    return static_cast<double>(std::max<std::size_t>(lines.size(), 1) - 1);
  }
  void write_lines(const std::vector<std::string>& lines, double x, double y, const std::string& options) {
    for (const auto& line : lines) {
      paper_.text(plain_markup(line), x, y, options);
      y += line_height;
    }
  }

  void draw_note(const std::string& note, const Box& box) {
    const auto lines = wrapped(note, 40);
    write_lines(lines, box.centre_x(), box.centre_y() - line_height * below_first(lines) / 2,
                "center font ',10.5' textcolor rgb '#b00000'");
    paper_.place(box, {0, 1}, {0, 1});
    paper_.without_ticks();
    paper_.draw({"NaN"});
  }

  void draw_curve(std::size_t i, const Box& box) {
    const auto& panel = panels_[i];
    const double largest = *std::max_element(panel.values.begin(), panel.values.end());
    const double top = largest > 0 ? std::pow(10, std::ceil(std::log10(largest) + 0.05)) : 1;
    paper_.place(box, settings_.kx, {top * std::pow(10, std::floor(settings_.floor) - 1), top});
    paper_.command("set logscale y; set ytics format '10^{%T}'");
    paper_.command(fmt::format("set xtics {}", tick_step(settings_.kx, 6)));
    add_axes(i, "d{/:Italic P}/d{/:Italic k_x} (a.u.)");
    const auto data = paper_.plot().table({panel.kx, {panel.values.begin(), panel.values.end()}});
    paper_.draw({fmt::format("{} with lines lw 1.6 lc rgb '{}'", data, line_colours[0])});
  }

  void draw_map(std::size_t i, const Box& box) {
    const auto& panel = panels_[i];
    const bool image = panel.kind == PanelKind::image;
    const PlotRange kx = image ? outer_edges(panel.kx) : settings_.kx;
    const PlotRange ky = image ? outer_edges(panel.ky) : settings_.ky;
    paper_.place(box, kx, ky);
    // Distributions have equal scales, so equal steps.
    const double step = tick_step(kx, 6);
    paper_.command(fmt::format("set xtics {}; set ytics {}", step, image ? tick_step(ky, 4) : step));
    add_axes(i, layout_.leftmost(i) ? "{/:Italic k_y} (a.u.)" : "");
    paper_.colours(image ? grey_palette : distribution_palette,
                   image ? PlotRange{0, 255} : PlotRange{settings_.floor, 0});
    if (auto& drawn = image ? image_bar_ : distribution_bar_; !drawn) {
      drawn = true;
      paper_.colour_bar(layout_.beside_bar(panel.kind), image ? "51" : "1",
                        image ? "grey level" : "{/:Italic W} = log_{10}(PMD / PMD_{max})");
    }
    paper_.draw({paper_.plot().matrix(panel.values, panel.kx, panel.ky)});
  }

  void add_axes(std::size_t i, const std::string& y_title) {
    paper_.axis_titles(layout_.lowest(i) ? "{/:Italic k_x} (a.u.)" : "", y_title);
  }

  std::span<const Panel> panels_;
  const SheetSettings& settings_;
  Layout layout_;
  Paper paper_;
  bool distribution_bar_ = false, image_bar_ = false;
};

void check(const std::filesystem::path& png, std::span<const Panel> panels, const SheetSettings& settings) {
  const auto interval = [](const PlotRange& i) {
    return std::isfinite(i.min) && std::isfinite(i.max) && i.min < i.max;
  };
  if (settings.columns < 1 || settings.columns > 16)
    throw ConfigError(
        fmt::format("a sheet of {} columns is not possible; expected 1 to 16", settings.columns));
  if (!interval(settings.kx) || !interval(settings.ky) || !(settings.floor < 0) ||
      !std::isfinite(settings.floor) || !(settings.image_aspect > 0) || !std::isfinite(settings.image_aspect))
    throw ConfigError(png.string() + ": ranges, floor or aspect of the sheet are not sensible");
  if (panels.empty()) throw ConfigError(png.string() + ": a sheet without panels is not possible");
  for (const auto& panel : panels) {
    if (!panel.note.empty()) continue;
    const std::size_t expected = panel.kx.size() * (panel.kind == PanelKind::curve ? 1 : panel.ky.size());
    if (panel.kx.size() < 2 || (panel.kind != PanelKind::curve && panel.ky.size() < 2) ||
        panel.values.size() != expected)
      throw DataError(fmt::format("{}: a panel has {} values on {} x {} points", png.string(),
                                  panel.values.size(), panel.kx.size(), panel.ky.size()));
  }
}

}  // namespace

void draw_sheet(const std::filesystem::path& png, std::span<const Panel> panels,
                const SheetSettings& settings) {
  check(png, panels, settings);
  Sheet(png, panels, settings).draw();
}

}  // namespace bondscope
