// The picture of sensitivities: errors on top, maps of some runs below.

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include <fmt/format.h>

#include "libpmd/base/plot/markup.hpp"
#include "libpmd/base/plot/paper.hpp"
#include "libpmd/inspect/render.hpp"
#include "libpmd/inspect/sensitivity.hpp"

namespace bondscope {
namespace {

constexpr std::size_t most_maps = 4;
constexpr double largest_score = 3;  ///< that maps tell apart, over its root mean square
constexpr double decades = 5;        ///< of distributions and information that maps show
constexpr double map_width = 330, curve_height = 300, gap = 16, titles_height = 66;
constexpr float not_drawn = std::numeric_limits<float>::quiet_NaN();

bool varies(std::span<const Sensitivity> all, const Parameter& parameter) {
  return std::ranges::any_of(all, [&](const Sensitivity& one) {
    return parameter.of(one.parameters) != parameter.of(all.front().parameters);
  });
}

/// What the errors are drawn over, and what their points are coloured by: displaced parameters come first.
std::vector<Parameter> axes_of(const Store& store, std::span<const Sensitivity> all) {
  std::vector<Parameter> axes;
  const auto add = [&](const Parameter& parameter) {
    if (varies(all, parameter) && std::ranges::find(axes, parameter.name, &Parameter::name) == axes.end())
      axes.push_back(parameter);
  };
  std::ranges::for_each(all.front().displaced, add);
  std::ranges::for_each(all_parameters(store.description().declared), add);
  return axes;
}

/// log10 relative to the largest value, within the decades that are shown.
std::vector<float> logarithms(const std::vector<float>& values) {
  const double largest = *std::ranges::max_element(values);
  std::vector<float> all;
  for (const float value : values) {
    const double logarithm = value > 0 ? std::log10(value / largest) : -HUGE_VAL;
    all.push_back(logarithm > -decades ? static_cast<float>(logarithm) : not_drawn);
  }
  return all;
}

/// Scores where there are electrons to be seen, over their root mean square in the whole plane: over the
/// square root of the information, which differs by an order of magnitude from run to run.
std::vector<float> visible(const SensitivityMaps& maps) {
  const auto logarithm = logarithms(maps.density);
  const auto sum = [](const std::vector<float>& values) {
    return std::accumulate(values.begin(), values.end(), 0.0);
  };
  const double typical = std::sqrt(sum(maps.information.front()) / sum(maps.density));
  auto all = maps.scores.front();
  for (std::size_t k = 0; k < all.size(); ++k)
    all[k] = std::isnan(logarithm[k]) ? not_drawn : static_cast<float>(all[k] / typical);
  return all;
}

/// Symmetric, and as far as any of the runs can be seen.
PlotRange shown(const std::vector<double>& axis, const std::vector<SensitivityMaps>& maps, bool along_kx,
                std::size_t ky_points) {
  double farthest = 0;
  for (const auto& map : maps) {
    const auto logarithm = logarithms(map.density);
    for (std::size_t k = 0; k < logarithm.size(); ++k)
      if (!std::isnan(logarithm[k]))
        farthest = std::max(farthest, std::abs(axis[along_kx ? k / ky_points : k % ky_points]));
  }
  return {-farthest, farthest};
}

struct Row {
  std::string title, palette;
  PlotRange range;
  std::vector<std::vector<float>> panels;  ///< for each run
};

class SensitivityPicture {
 public:
  SensitivityPicture(const Store& store, std::span<const DisplacedRuns> runs,
                     std::span<const Sensitivity> all, double floor)
      : store_(store), all_(all), axes_(axes_of(store, all)) {
    std::vector<std::size_t> order(all.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    if (!axes_.empty())
      std::ranges::stable_sort(order, {}, [&](std::size_t i) { return axes_.front().of(all[i].parameters); });
    const std::size_t count = std::min(most_maps, all.size());
    for (std::size_t i = 0; i < count; ++i) {
      drawn_.push_back(order[(2 * i + 1) * all.size() / (2 * count)]);
      maps_.push_back(sensitivity_maps(store, runs[drawn_.back()], floor));
    }
    const auto& d = store.description();
    kx_ = shown(d.kx, maps_, true, d.ky.size());
    ky_ = shown(d.ky, maps_, false, d.ky.size());
  }

  void draw(const std::filesystem::path& png) {
    const std::size_t curves = axes_.empty() ? 0 : parameters().size();
    const double map_height = map_width * ky_.length() / kx_.length();
    const auto columns = static_cast<double>(drawn_.size());
    const double maps_width = columns * map_width + (columns - 1) * gap;
    const double curves_width = static_cast<double>(std::max<std::size_t>(curves, 1)) * curve_width;
    const double width = left_margin + std::max(maps_width, curves_width) + colour_bar_margin + 20;
    const double curves_bottom = curves > 0 ? titles_height + curve_height + bottom_margin : 0;
    Paper paper(png, width, curves_bottom + titles_height + 3 * (map_height + gap) + bottom_margin,
                "What one electron tells");
    for (std::size_t i = 0; i < curves; ++i)
      draw_errors(paper, i,
                  {left_margin + static_cast<double>(i) * curve_width, titles_height,
                   curve_width - left_margin - 10, curve_height});
    double top = curves_bottom + titles_height;
    const auto rows = rows_of_maps();
    for (const auto& row : rows) {
      draw_row(paper, row, top, map_height, &row == &rows.front(), &row == &rows.back());
      top += map_height + gap;
    }
    paper.write();
  }

 private:
  static constexpr double curve_width = 560;

  const std::vector<Parameter>& parameters() const { return all_.front().displaced; }

  void draw_errors(Paper& paper, std::size_t i, const Box& box) {
    const auto& parameter = parameters()[i];
    const auto& x = axes_.front();
    std::vector<double> at, alone, free;
    for (const auto& one : all_) {
      const auto same = std::ranges::find(one.displaced, parameter.name, &Parameter::name);
      if (same == one.displaced.end()) continue;
      const auto p = static_cast<std::size_t>(same - one.displaced.begin());
      at.push_back(x.of(one.parameters) / x.shown_unit);
      alone.push_back(one.error_alone(p) / parameter.shown_unit);
      free.push_back(one.error_free(p) / parameter.shown_unit);
    }
    auto errors = alone;
    std::ranges::copy_if(free, std::back_inserter(errors), [](double e) { return std::isfinite(e); });
    const auto range = padded_log_range(errors, 0.08);
    paper.place(box, padded_range(at, 0.03), range);
    paper.logarithmic("y");
    paper.axis_titles(
        fmt::format("{} ({})", x.symbol, unit_markup(x.shown_unit_name)),
        fmt::format("√N × error of {} ({})", parameter.symbol, unit_markup(parameter.shown_unit_name)));
    paper.command("set ytics " + log_ticks(range));
    paper.key(box.left, box.top - 26, "horizontal");
    const auto table = paper.plot().table({at, alone, free});
    paper.draw({fmt::format("{} using 1:3 with points pt 6 ps 1.1 lc rgb '{}' title 'others unknown'", table,
                            line_colours[1]),
                fmt::format("{} using 1:2 with points pt 7 ps 0.8 lc rgb '{}' title 'others known'", table,
                            line_colours[0])});
  }

  std::vector<Row> rows_of_maps() const {
    const auto& parameter = parameters().front();
    Row density{"log_{10} {/:Italic p} of its largest", distribution_palette, {-decades, 0}, {}};
    Row score{fmt::format("∂ ln {{/:Italic p}} / ∂{} over its r.m.s.", parameter.symbol),
              difference_palette,
              {-largest_score, largest_score},
              {}};
    Row information{"log_{10} information of its largest", distribution_palette, {-decades, 0}, {}};
    for (const auto& map : maps_) {
      density.panels.push_back(logarithms(map.density));
      score.panels.push_back(visible(map));
      information.panels.push_back(logarithms(map.information.front()));
    }
    return {density, score, information};
  }

  void draw_row(Paper& paper, const Row& row, double top, double height, bool first, bool last) {
    Box box{left_margin, top, map_width, height};
    paper.colours(row.palette, row.range);
    for (std::size_t i = 0; i < row.panels.size(); ++i) {
      const auto& one = all_[drawn_[i]];
      paper.place(box, kx_, ky_);
      paper.axis_titles(last ? "k_x (a.u.)" : "", i == 0 ? "k_y (a.u.)" : "");
      if (!last) paper.command("set xtics format ''");
      if (i > 0) paper.command("set ytics format ''");
      if (first) {
        const auto title = panel_title(fmt::format("run {}", one.number), one.parameters);
        paper.text(title[0], box.centre_x(), top - 32, "center font ',12'");
        paper.text(title[1], box.centre_x(), top - 14, "center font ',11'");
      }
      if (i + 1 == row.panels.size())
        paper.colour_bar(box, fmt::format("{}", tick_step(row.range, 5)), row.title);
      const auto& d = store_.description();
      paper.draw({paper.plot().matrix(row.panels[i], d.kx, d.ky)});
      box.left += map_width + gap;
    }
  }

  const Store& store_;
  std::span<const Sensitivity> all_;
  std::vector<Parameter> axes_;     ///< that vary
  std::vector<std::size_t> drawn_;  ///< runs that have maps
  std::vector<SensitivityMaps> maps_;
  PlotRange kx_, ky_;
};

}  // namespace

void draw_sensitivity(const Store& store, std::span<const DisplacedRuns> runs,
                      std::span<const Sensitivity> all, const std::filesystem::path& png, double floor) {
  // In a store that is not complete some runs lack a pair: only those with all pairs are drawn.
  const auto most = std::ranges::max(all, {}, [](const Sensitivity& one) { return one.displaced.size(); });
  std::vector<DisplacedRuns> runs_drawn;
  std::vector<Sensitivity> drawn;
  for (std::size_t i = 0; i < all.size(); ++i)
    if (std::ranges::equal(all[i].displaced, most.displaced, {}, &Parameter::name, &Parameter::name)) {
      runs_drawn.push_back(runs[i]);
      drawn.push_back(all[i]);
    }
  SensitivityPicture(store, runs_drawn, drawn, floor).draw(png);
}

}  // namespace bondscope
