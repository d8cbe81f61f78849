#include "libml/explain/map_sheet.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include <fmt/format.h>

#include "libpmd/base/error.hpp"
#include "libpmd/base/plot/markup.hpp"
#include "libpmd/base/plot/paper.hpp"

namespace bondscope::ml {
namespace {

constexpr double panel_width = 330, panel_height = 190, title_height = 44, top_margin = 46, row_gap = 60;
constexpr double column_gap = left_margin + 12, bar_room = colour_bar_margin;

/// Points of a line, in columns; only those in the panel, broken (nan) where it leaves it.
class Line {
 public:
  explicit Line(const Extent& extent) : extent_(extent), columns_(2) {}
  void add(double kx, double ky) {
    const bool inside =
        kx >= extent_.kx_min && kx <= extent_.kx_max && ky >= extent_.ky_min && ky <= extent_.ky_max;
    columns_[0].push_back(inside ? kx : std::nan(""));
    columns_[1].push_back(inside ? ky : std::nan(""));
    any_ = any_ || inside;
  }
  void lift() {
    columns_[0].push_back(std::nan(""));
    columns_[1].push_back(std::nan(""));
  }
  bool any() const { return any_; }
  const std::vector<std::vector<double>>& columns() const { return columns_; }

 private:
  Extent extent_;
  std::vector<std::vector<double>> columns_;
  bool any_ = false;
};

Line border_of_direct(const MomentumGuides& guides, const Extent& extent) {
  Line line(extent);
  constexpr int points = 720;
  const double radius = 2 * std::sqrt(guides.ponderomotive_energy);
  for (int i = 0; i <= points; ++i) {
    const double angle = 2 * std::numbers::pi * i / points;
    line.add(radius * std::cos(angle), radius * std::sin(angle));
  }
  return line;
}

Line interference(const MomentumGuides& guides, const Extent& extent) {
  Line line(extent);
  constexpr int points = 400;
  const double farthest = std::hypot(std::max(std::abs(extent.kx_min), std::abs(extent.kx_max)),
                                     std::max(std::abs(extent.ky_min), std::abs(extent.ky_max)));
  const double c = std::cos(guides.angle), s = std::sin(guides.angle);
  for (int n = 0; (2 * n + 1) * std::numbers::pi / guides.R < farthest; ++n)
    for (const double sign : {-1.0, 1.0}) {
      const double along = sign * (2 * n + 1) * std::numbers::pi / guides.R;
      for (int i = 0; i <= points; ++i) {
        const double across = farthest * (2.0 * i / points - 1);
        line.add(along * c - across * s, along * s + across * c);
      }
      line.lift();
    }
  return line;
}

void expect_panels(std::span<const MapPanel> panels, const std::filesystem::path& png) {
  if (panels.empty()) throw DataError(png.string() + ": there is nothing to draw");
  for (const auto& panel : panels)
    if (panel.values.size() != panel.width * panel.height || panel.values.empty())
      throw DataError(fmt::format("{}: a panel of {} values, expected {} x {}", png.string(),
                                  panel.values.size(), panel.width, panel.height));
}

void draw_panel(Paper& paper, const MapPanel& panel, const Box& axes, bool lowest, bool leftmost,
                const std::string& unit) {
  const auto& e = panel.extent;
  paper.place(axes, {e.kx_min, e.kx_max}, {e.ky_min, e.ky_max});
  paper.command(fmt::format("set xtics {}", tick_step({e.kx_min, e.kx_max}, 5)));
  paper.command(fmt::format("set ytics {}", tick_step({e.ky_min, e.ky_max}, 4)));
  paper.axis_titles(lowest ? "k_x (a.u.)" : "", leftmost ? "k_y (a.u.)" : "");
  double y = axes.top - 8 - 16 * (static_cast<double>(panel.title.size()) - 1);
  for (const auto& line : panel.title) {
    paper.text(plain_markup(line), axes.centre_x(), y, "center font ',10'");
    y += 16;
  }
  // Small numbers are shown in a power of ten that stands in the title.
  const int power = panel.limit && (*panel.limit < 0.01 || *panel.limit >= 1000)
                        ? static_cast<int>(std::floor(std::log10(*panel.limit)))
                        : 0;
  const double shown = std::pow(10, -power);
  auto values = panel.values;
  for (auto& value : values)
    value *= static_cast<float>(shown);
  const PlotRange range = !panel.limit
                              ? PlotRange{0, 255}
                              : PlotRange{panel.sizes ? 0 : -*panel.limit * shown, *panel.limit * shown};
  paper.colours(!panel.limit  ? distribution_palette
                : panel.sizes ? fraction_palette
                              : difference_palette,
                range);
  if (panel.limit)
    paper.colour_bar(axes, fmt::format("{}", tick_step(range, 4)),
                     power == 0 ? unit : fmt::format("10^{{{}}} {}", power, unit));
  const auto width = static_cast<int>(panel.width), height = static_cast<int>(panel.height);
  std::vector<std::string> layers{paper.plot().matrix(values, cell_centres(e.kx_min, e.kx_max, width),
                                                      cell_centres(e.ky_min, e.ky_max, height))};
  const auto add = [&](const Line& line, const char* style) {
    if (line.any())
      layers.push_back(fmt::format("{} with lines {}", paper.plot().table(line.columns()), style));
  };
  if (panel.guides && panel.guides->ponderomotive_energy > 0)
    add(border_of_direct(*panel.guides, e), "lw 1.6 dt 2 lc rgb '#00a060'");
  if (panel.guides && panel.guides->R > 0)
    add(interference(*panel.guides, e), "lw 1.0 dt 3 lc rgb '#606060'");
  paper.draw(layers);
}

}  // namespace

double readable_limit_of(std::span<const float> map) {
  std::vector<double> sizes;
  for (const float value : map)
    if (std::isfinite(value)) sizes.push_back(std::abs(static_cast<double>(value)));
  if (sizes.empty()) return 1;
  const auto place =
      sizes.begin() + static_cast<std::ptrdiff_t>(0.99 * static_cast<double>(sizes.size() - 1));
  std::nth_element(sizes.begin(), place, sizes.end());
  const double limit = *place > 0 ? *place : *std::ranges::max_element(sizes);
  return limit > 0 ? limit : 1;
}

void draw_map_sheet(const std::filesystem::path& png, const std::string& title,
                    std::span<const MapPanel> panels, std::size_t columns, const std::string& unit) {
  expect_panels(panels, png);
  columns = std::clamp<std::size_t>(columns, 1, panels.size());
  const std::size_t rows = (panels.size() + columns - 1) / columns;
  // A column with a map keeps room for its colour bar.
  std::vector<double> left{left_margin};
  for (std::size_t column = 0; column < columns; ++column) {
    bool has_bar = false;
    for (std::size_t i = column; i < panels.size(); i += columns)
      has_bar = has_bar || panels[i].limit.has_value();
    left.push_back(left.back() + panel_width + (has_bar ? bar_room : 0) + column_gap - 40);
  }
  Paper paper(png, left.back(),
              top_margin + static_cast<double>(rows) * (title_height + panel_height) +
                  static_cast<double>(rows - 1) * (row_gap - 30) + bottom_margin,
              title);
  for (std::size_t i = 0; i < panels.size(); ++i) {
    const double top = top_margin + title_height +
                       static_cast<double>(i / columns) * (title_height + panel_height + row_gap - 30);
    const Box axes{left[i % columns], top, panel_width, panel_height};
    draw_panel(paper, panels[i], axes, i + columns >= panels.size(), i % columns == 0, unit);
  }
  paper.write();
}

}  // namespace bondscope::ml
