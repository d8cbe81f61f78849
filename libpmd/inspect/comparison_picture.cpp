// The picture of two stores' runs: both distributions and their difference.

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include <fmt/format.h>

#include "libpmd/base/plot/markup.hpp"
#include "libpmd/base/plot/paper.hpp"
#include "libpmd/inspect/comparison.hpp"
#include "libpmd/inspect/render.hpp"

namespace bondscope {
namespace {

constexpr std::size_t most_compared = 4;
constexpr double compared_width = 330, panel_gap = 16, row_title_height = 34, column_titles_height = 30;
/// In units of the root of the mean square: a single pixel would make all others pale.
constexpr double largest_drawn = 4;

/// W of one run in both stores, [kx][ky].
struct Pair {
  std::vector<float> reference, other;
};

/// Other less reference in grey levels; nothing where both are at the floor.
std::vector<float> differences(const Pair& w, double floor) {
  std::vector<float> levels(w.reference.size(), std::numeric_limits<float>::quiet_NaN());
  for (std::size_t i = 0; i < levels.size(); ++i)
    if (w.reference[i] > floor || w.other[i] > floor)
      levels[i] = static_cast<float>((w.other[i] - w.reference[i]) * 255 / -floor);
  return levels;
}

/// The smallest symmetric interval along one axis with all that is above the floor.
PlotRange shown_part(const std::vector<double>& axis, const std::vector<Pair>& pairs, double floor,
                     const std::function<std::size_t(std::size_t)>& place) {
  double farthest = 0;
  for (const auto& w : pairs)
    for (std::size_t i = 0; i < w.reference.size(); ++i)
      if (std::max(w.reference[i], w.other[i]) > floor)
        farthest = std::max(farthest, std::abs(axis[place(i)]));
  farthest += (axis[1] - axis[0]) / 2;
  return {-farthest, farthest};
}

/// Of the runs that differ most, the one that does first.
std::vector<ComparedRun> rows_of(const Comparison& comparison) {
  auto runs = comparison.runs;
  std::ranges::stable_sort(runs, std::ranges::greater{},
                           [](const ComparedRun& run) { return run.difference.mean; });
  runs.resize(std::min(runs.size(), most_compared));
  return runs;
}

}  // namespace

void draw_comparison(const Store& reference, const Store& other, const Comparison& comparison,
                     const std::filesystem::path& png) {
  const auto& d = reference.description();
  const double floor = comparison.floor;
  const auto runs = rows_of(comparison);
  std::vector<Pair> pairs;
  for (const auto& run : runs)
    pairs.push_back({log_distribution(reference.pmd(run.reference), floor),
                     log_distribution(other.pmd(run.other), floor)});
  const std::size_t ky_points = d.ky.size();
  const auto kx = shown_part(d.kx, pairs, floor, [&](std::size_t i) { return i / ky_points; }),
             ky = shown_part(d.ky, pairs, floor, [&](std::size_t i) { return i % ky_points; });

  const double height = compared_width * std::clamp(ky.length() / kx.length(), 0.2, 2.0),
               row = row_title_height + height;
  const double left_of_difference =
      left_margin + 2 * compared_width + panel_gap + colour_bar_margin + panel_gap;
  Paper paper(png, left_of_difference + compared_width + colour_bar_margin,
              column_titles_height + static_cast<double>(runs.size()) * row + bottom_margin);
  for (std::size_t r = 0; r < runs.size(); ++r) {
    const bool first = r == 0, last = r + 1 == runs.size();
    Box box{left_margin, column_titles_height + static_cast<double>(r) * row + row_title_height,
            compared_width, height};
    const auto panel = [&](const std::string& title, bool leftmost) {
      paper.place(box, kx, ky);
      paper.axis_titles(last ? "k_x (a.u.)" : "", leftmost ? "k_y (a.u.)" : "");
      if (!last) paper.command("set xtics format ''");
      if (!leftmost) paper.command("set ytics format ''");
      if (first) paper.text(title, box.centre_x(), 18, "center font ',13'");
    };
    const auto& difference = runs[r].difference;

    paper.colours(distribution_palette, {floor, 0});
    panel("reference", true);
    const auto run = runs[r].reference;
    const auto title = panel_title(fmt::format("run {}", d.numbers[run]), d.runs[run], d.unknown_of(run));
    const auto line = fitted(title[0] + "   " + title[1], left_of_difference - left_margin, 11);
    paper.text(plain_markup(line), left_margin, box.top - 14, "left font ',11'");
    paper.draw({paper.plot().matrix(pairs[r].reference, d.kx, d.ky)});
    box.left += compared_width + panel_gap;
    panel("other", false);
    paper.colour_bar(box, fmt::format("{}", tick_step({floor, 0}, 5)), "W = log_{10}(PMD / max)");
    paper.draw({paper.plot().matrix(pairs[r].other, d.kx, d.ky)});

    const double end = difference.rms > 0 ? largest_drawn * difference.rms : 1;
    box.left = left_of_difference;
    paper.colours(difference_palette, {-end, end});
    panel("other − reference, grey levels", false);
    paper.text(fmt::format("{:.2g} on average, {:.2g} at most", difference.mean, difference.largest),
               box.centre_x(), box.top - 14, "center font ',11'");
    paper.colour_bar(box, fmt::format("{}", tick_step({-end, end}, 5)), "");
    paper.draw({paper.plot().matrix(differences(pairs[r], floor), d.kx, d.ky)});
  }
  paper.write();
}

}  // namespace bondscope
