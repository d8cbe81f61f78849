#include "libpmd/import/measurement_picture.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "libpmd/base/plot/markup.hpp"
#include "libpmd/base/plot/paper.hpp"
#include "libpmd/model/units.hpp"

namespace bondscope {
namespace {

constexpr double panel_side = 430, gap = 150, top = 92;
constexpr std::size_t most_shown = 400;  ///< squares along a side
constexpr float not_drawn = std::numeric_limits<float>::quiet_NaN();
constexpr const char *white = "#ffffff", *blue = "#56b4e9", *green = "#7fd14a", *orange = "#e69f00";

/// log10 of what was measured over its largest, in squares of several pixels: [x][y], with their middles.
struct Shown {
  std::vector<float> values;
  std::vector<double> x, y;
  float floor = -3;
};

Shown shown_of(const Raster& raster) {
  const auto& image = raster.values;
  const auto every = (std::max(image.rows, image.columns) + most_shown - 1) / most_shown;
  const auto squares = [&](std::size_t pixels) { return (pixels + every - 1) / every; };
  Shown shown;
  const auto rows = squares(image.rows), columns = squares(image.columns);
  std::vector<double> sums(rows * columns), counts(rows * columns);
  for (std::size_t row = 0; row < image.rows; ++row)
    for (std::size_t column = 0; column < image.columns; ++column) {
      if (!raster.measured[row * image.columns + column]) continue;
      const auto at = column / every * rows + row / every;
      sums[at] += image.at(row, column);
      counts[at] += 1;
    }
  double largest = 0;
  for (std::size_t i = 0; i < sums.size(); ++i)
    if (counts[i] > 0) largest = std::max(largest, sums[i] / counts[i]);
  for (std::size_t i = 0; i < sums.size(); ++i) {
    const double part = counts[i] > 0 && largest > 0 ? sums[i] / counts[i] / largest : 0;
    const float value = part > 0 ? std::max(static_cast<float>(std::log10(part)), shown.floor) : shown.floor;
    shown.values.push_back(counts[i] > 0 ? value : not_drawn);
  }
  const double middle = (static_cast<double>(every) - 1) / 2;
  for (std::size_t i = 0; i < columns; ++i)
    shown.x.push_back(raster.x_first + (static_cast<double>(i * every) + middle) * raster.dx);
  for (std::size_t i = 0; i < rows; ++i)
    shown.y.push_back(raster.y_first + (static_cast<double>(i * every) + middle) * raster.dy);
  return shown;
}

class Picture {
 public:
  Picture(const Measurement& m, const ImportSettings& s, const MomentumAxes& axes,
          const std::filesystem::path& png)
      : m_(m),
        s_(s),
        axes_(axes),
        paper_(png, 2 * (left_margin + panel_side) + gap + colour_bar_margin - 40,
               top + panel_side + bottom_margin + 30, m.file.filename().string()) {}

  void draw() {
    paper_.text(plain_markup(found_text()), paper_.width() / 2, 50, "center font ',11'");
    paper_.text(plain_markup(counts_text()), paper_.width() / 2, 70, "center font ',11'");
    draw_file();
    draw_plane();
    paper_.write();
  }

 private:
  std::string found_text() const {
    const auto& g = m_.geometry;
    const char* unit = s_.kind == MeasuredKind::image ? "pixel" : "unit";
    return fmt::format("centre ({:.6g}, {:.6g}){}   scale {:.5g} a.u. per {}{}   polarisation at {:.4g}°",
                       g.centre.x, g.centre.y,
                       m_.symmetry ? fmt::format(" found, correlation {:.2f}", *m_.symmetry) : "", g.scale,
                       unit, m_.ring ? fmt::format(" from the ring at {:.5g}", *m_.ring) : "", s_.axis_deg);
  }
  std::string counts_text() const {
    return fmt::format(
        "{:.4g} electrons   {:.1f} % of the cells not measured   {:.1f} % negative   {:.2f} % beyond the "
        "axes",
        m_.electrons, 100 * m_.unmeasured, 100 * m_.negative, 100 * m_.outside);
  }

  /// A closed or open line through momenta.
  std::string momenta_line(const std::vector<Place>& momenta, const std::string& style) {
    std::vector<double> x, y;
    for (const auto& k : momenta) {
      const auto at = m_.geometry.place(k);
      x.push_back(at.x);
      y.push_back(at.y);
    }
    return paper_.plot().table({x, y}) + " with lines " + style + " notitle";
  }
  std::string circle(Place middle, double radius, bool of_momenta, const std::string& style) {
    std::vector<double> x, y;
    for (int i = 0; i <= 180; ++i) {
      const double angle = 2 * units::pi * i / 180;
      const Place on{middle.x + radius * std::cos(angle), middle.y + radius * std::sin(angle)};
      const auto at = of_momenta ? m_.geometry.place(on) : on;
      x.push_back(at.x);
      y.push_back(at.y);
    }
    return paper_.plot().table({x, y}) + " with lines " + style + " notitle";
  }

  void draw_file() {
    const auto shown = shown_of(m_.raster);
    const auto& image = m_.raster.values;
    const auto [left, upper] = m_.raster.place(0, 0);
    const auto [right, lower] = m_.raster.place(image.rows - 1, image.columns - 1);
    const double half = 0.5 * m_.raster.dx;
    PlotRange x{left - half, right + half}, y{upper - half, lower + half};
    const double longest = std::max(x.length(), y.length());
    const Box box{left_margin, top, panel_side * x.length() / longest, panel_side * y.length() / longest};
    if (m_.geometry.y_down) std::swap(y.min, y.max);
    paper_.colours(distribution_palette, {shown.floor, 0});
    paper_.place(box, x, y);
    const bool image_file = s_.kind == MeasuredKind::image;
    paper_.axis_titles(image_file ? "x (pixels)" : "x (units of the file)",
                       image_file ? "y (pixels)" : "y (units of the file)");
    paper_.colour_bar(box, "1", "log_{10}(signal/max)");
    std::vector<std::string> layers{paper_.plot().matrix(shown.values, shown.x, shown.y)};
    const std::string thin = "lw 1 dt 3 lc rgb '#ffffff'";
    const double reach = std::hypot(axes_.kx_max, axes_.ky_max);
    const double step = tick_step({0, reach}, 4);
    for (double k = step; k < reach; k += step)
      layers.push_back(circle({0, 0}, k, true, thin));
    const double kx = axes_.kx_max, ky = axes_.ky_max;
    layers.push_back(momenta_line({{-kx, -ky}, {kx, -ky}, {kx, ky}, {-kx, ky}, {-kx, -ky}},
                                  fmt::format("lw 1.5 lc rgb '{}'", blue)));
    if (m_.ring) layers.push_back(circle({0, 0}, s_.ring_au, true, fmt::format("lw 1.5 lc rgb '{}'", green)));
    if (!s_.edge.empty())
      layers.push_back(
          circle({s_.edge[0], s_.edge[1]}, s_.edge[2], false, fmt::format("lw 1.5 lc rgb '{}'", orange)));
    const double head = 0.06 * kx;
    // Not through the middle, where there is something to see.
    const std::string arrow = fmt::format("lw 1.5 lc rgb '{}'", blue);
    layers.push_back(momenta_line({{-kx, 0}, {-kx / 2, 0}}, arrow));
    layers.push_back(
        momenta_line({{kx / 2, 0}, {kx, 0}, {kx - head, head / 2}, {kx, 0}, {kx - head, -head / 2}}, arrow));
    layers.push_back(momenta_line({{0, -head}, {0, head}}, fmt::format("lw 2 lc rgb '{}'", white)));
    layers.push_back(momenta_line({{-head, 0}, {head, 0}}, fmt::format("lw 2 lc rgb '{}'", white)));
    paper_.text(fmt::format("circles: every {:.3g} a.u.; blue: +k_x and the axes of the store{}{}", step,
                            m_.ring ? "; green: the ring" : "",
                            s_.edge.empty() ? "" : "; orange: the edge of the detector"),
                left_margin, paper_.height() - 14, "left font ',10'");
    paper_.draw(layers);
  }

  void draw_plane() {
    const auto kx = axes_.kx(), ky = axes_.ky();
    const float largest = *std::ranges::max_element(m_.pmd);
    constexpr float floor = -5;
    std::vector<float> w;
    for (std::size_t i = 0; i < m_.pmd.size(); ++i)
      w.push_back(!m_.arrays.mask[i] ? not_drawn
                  : m_.pmd[i] > 0    ? std::max(std::log10(m_.pmd[i] / largest), floor)
                                     : floor);
    const double longest = std::max(axes_.kx_max, axes_.ky_max);
    const Box box{2 * left_margin + panel_side + gap - 40, top, panel_side * axes_.kx_max / longest,
                  panel_side * axes_.ky_max / longest};
    paper_.colours(distribution_palette, {floor, 0});
    paper_.place(box, {-axes_.kx_max, axes_.kx_max}, {-axes_.ky_max, axes_.ky_max});
    paper_.command(
        "set object 1 rectangle from graph 0,0 to graph 1,1 fc rgb '#b0b0b0' fs solid noborder behind");
    paper_.axis_titles("k_x (a.u.)", "k_y (a.u.)");
    paper_.colour_bar(box, "1", "log_{10}(PMD/max)");
    paper_.draw({paper_.plot().matrix(w, kx, ky)});
  }

  const Measurement& m_;
  const ImportSettings& s_;
  const MomentumAxes& axes_;
  Paper paper_;
};

}  // namespace

void draw_measurement(const Measurement& measurement, const ImportSettings& settings,
                      const MomentumAxes& axes, const std::filesystem::path& png) {
  Picture(measurement, settings, axes, png).draw();
}

}  // namespace bondscope
