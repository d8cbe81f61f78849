#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "libml/report/figures.hpp"
#include "libml/report/figures/frame.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/statistics/average.hpp"
#include "libpmd/base/text/number.hpp"

namespace bondscope::ml {
namespace {

using namespace figure;

constexpr double axes_width = 620, axes_height = 430, title_room = 44, line_height = 19, right_margin = 30;
/// A fit is not drawn farther than this many times the largest measured N.
constexpr double farthest = 100;

/// N, mean, lower and upper end of the bar.
using Columns = std::vector<std::vector<double>>;

bool positive(double value) {
  return value > 0 && std::isfinite(value);
}

Columns columns_of(const std::filesystem::path& png, const ErrorCurve& curve) {
  const auto refuse = [&](const std::string& what) {
    throw DataError(png.string() + ": curve '" + curve.name + "' " + what);
  };
  if (curve.sizes.empty() && !curve.fit) refuse("has no points");
  Columns columns(4);
  for (const auto& [samples, errors] : curve.sizes) {
    if (!positive(samples) || errors.empty() || !std::all_of(errors.begin(), errors.end(), positive))
      refuse("has N or errors that are not positive and finite");
    const auto over_seeds = average(errors);
    const double centre = over_seeds.mean, sd = over_seeds.sd.value_or(0);
    columns[0].push_back(samples);
    columns[1].push_back(centre);
    // The logarithm ends before zero.
    columns[2].push_back(std::max(centre - sd, 0.05 * centre));
    columns[3].push_back(centre + sd);
  }
  return columns;
}

bool has_scatter(const ErrorCurve& curve) {
  return std::any_of(curve.sizes.begin(), curve.sizes.end(),
                     [](const ErrorsAtSize& size) { return size.errors.size() > 1; });
}

/// A count as people write it: 3 digits, thousands apart.
std::string count(double value) {
  const double unit = std::pow(10, std::max(0.0, std::floor(std::log10(value)) - 2));
  const std::string digits = format_number(std::round(value / unit) * unit);
  if (digits.find_first_not_of("0123456789") != std::string::npos) return short_number(value);
  std::string text;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && digits.size() > 4 && (digits.size() - i) % 3 == 0) text += ' ';
    text += digits[i];
  }
  return text;
}

/// Where a fit ends: at the target, not too far out.
double end_of(const PowerLaw& fit, double largest, std::optional<double> target_mae) {
  const auto samples = target_mae ? fit.samples_for(*target_mae) : std::optional<double>{};
  if (target_mae && !samples) return farthest * largest;
  return std::clamp(samples.value_or(2 * largest), 2 * largest, farthest * largest);
}

/// `largest`: measured N.
std::string law_in_title(const PowerLaw& fit, double largest, std::optional<double> target_mae) {
  auto text = fmt::format("{} N^{{{}}}", short_number(fit.a), short_number(fit.b));
  if (fit.c > 0) text += " + " + short_number(fit.c);
  if (!target_mae) return text;
  const auto goal = short_number(*target_mae);
  const auto samples = fit.samples_for(*target_mae);
  if (!samples) return text + "; never falls to " + goal;
  text += fmt::format("; {} at N ≈ {}", goal, count(*samples));
  if (*samples > largest) text += fmt::format(" (extrapolated {} ×)", short_number(*samples / largest));
  return text;
}

/// The fit at points equally apart on the logarithmic axis.
Columns line_of(const PowerLaw& fit, double from, double to) {
  constexpr int steps = 200;
  Columns columns(2);
  for (int i = 0; i <= steps; ++i) {
    const double samples = from * std::pow(to / from, static_cast<double>(i) / steps);
    columns[0].push_back(samples);
    columns[1].push_back(fit(samples));
  }
  return columns;
}

}  // namespace

void draw_error_against_samples(const std::filesystem::path& png, const std::string& title, const Target& of,
                                const std::vector<ErrorCurve>& curves, std::optional<double> target_mae) {
  if (curves.empty() || curves.size() > line_colours.size())
    throw DataError(
        fmt::format("{}: {} curves; expected 1 to {}", png.string(), curves.size(), line_colours.size()));
  if (target_mae && !positive(*target_mae))
    throw DataError(fmt::format("{}: a target of {}; expected a positive number", png.string(), *target_mae));
  std::vector<Columns> all;
  std::vector<double> xs, ys;
  for (const auto& curve : curves)
    for (const auto& size : curve.sizes)
      xs.push_back(size.samples);
  if (xs.empty())
    throw DataError(fmt::format("{}: curve '{}' has no points", png.string(), curves.front().name));
  const auto [smallest, largest] = std::ranges::minmax(xs);
  std::size_t key_lines = target_mae ? 1 : 0;
  for (const auto& curve : curves) {
    all.push_back(columns_of(png, curve));
    const auto& c = all.back();
    ys.insert(ys.end(), c[2].begin(), c[2].end());
    ys.insert(ys.end(), c[3].begin(), c[3].end());
    key_lines += curve.fit && !curve.sizes.empty() ? 2 : 1;
    if (!curve.fit) continue;
    const double end = end_of(*curve.fit, c[0].empty() ? largest : std::ranges::max(c[0]), target_mae);
    if (c[0].empty()) ys.push_back((*curve.fit)(smallest));
    xs.push_back(end);
    ys.push_back((*curve.fit)(end));
  }
  if (target_mae) ys.push_back(*target_mae);

  const double top = title_room + line_height * static_cast<double>(key_lines) + 14;
  Paper paper(png, left_margin + axes_width + right_margin, top + axes_height + bottom_margin, title);
  paper.place({left_margin, top, axes_width, axes_height}, padded_log_range(xs, 0.05),
              padded_log_range(ys, 0.07));
  paper.logarithmic("xy");
  paper.axis_titles("number of training samples N", axis_markup("MAE of " + of.name + " on test runs", of));
  paper.key(left_margin, title_room, "maxcols 1");
  std::vector<std::string> layers;
  constexpr std::array<int, 8> symbols{7, 5, 9, 13, 11, 6, 4, 8};
  for (std::size_t i = 0; i < curves.size(); ++i) {
    const auto colour = fmt::format("lc rgb '{}'", line_colours[i]);
    const auto name = plain_markup(fitted(curves[i].name, axes_width - 240, 11.5));
    if (all[i][0].empty()) {
      constexpr double not_measured_here = std::numeric_limits<double>::infinity();
      const auto& fit = *curves[i].fit;
      const auto line = paper.plot().table(line_of(fit, smallest, end_of(fit, largest, target_mae)));
      layers.push_back(fmt::format("{} with lines lw 1.8 dt 3 {} title '{}: {}'", line, colour, name,
                                   law_in_title(fit, not_measured_here, target_mae)));
      continue;
    }
    const auto data = paper.plot().table(all[i]);
    layers.push_back(fmt::format("{} using 1:2:3:4 with yerrorbars lw 1.6 ps 1.2 pt {} {} title '{}{}'", data,
                                 symbols[i], colour, name,
                                 has_scatter(curves[i]) ? " (mean, s.d. over seeds)" : ""));
    if (!curves[i].fit) {
      layers.push_back(fmt::format("{} using 1:2 with lines lw 1.2 {} notitle", data, colour));
      continue;
    }
    const auto& fit = *curves[i].fit;
    const auto [first, last] = std::minmax_element(all[i][0].begin(), all[i][0].end());
    const auto measured = paper.plot().table(line_of(fit, *first, *last));
    const auto beyond = paper.plot().table(line_of(fit, *last, end_of(fit, *last, target_mae)));
    layers.push_back(fmt::format("{} with lines lw 1.8 {} title '{}'", measured, colour,
                                 law_in_title(fit, *last, target_mae)));
    layers.push_back(fmt::format("{} with lines lw 1.8 dt 2 {} notitle", beyond, colour));
  }
  if (target_mae)
    layers.push_back(fmt::format(
        "{} with lines lw 1.2 dt 4 lc rgb '#404040' title 'target {} {}; dashed: beyond the measured N'",
        *target_mae, short_number(*target_mae), unit_markup(of.unit)));
  paper.draw(layers);
  paper.write();
}

}  // namespace bondscope::ml
