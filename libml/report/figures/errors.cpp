// How large the errors of a test are: where, and how often.

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>

#include <fmt/format.h>

#include "libml/report/figures.hpp"
#include "libml/report/figures/frame.hpp"
#include "libpmd/base/statistics/average.hpp"
#include "libpmd/base/statistics/quantile.hpp"

namespace bondscope::ml {
namespace {

using namespace figure;

constexpr double panel_width = 540, axes_width = 430, axes_height = 320, top_margin = 44, row_height = 438,
                 header = 50, key_room = 18;

Box axes_at(std::size_t column, double row_top) {
  return {static_cast<double>(column) * panel_width + left_margin, row_top + header, axes_width, axes_height};
}

std::string error_axis(const Target& of) {
  return axis_markup("|error of " + of.name + "|", of);
}

std::vector<double> absolute_errors(const Evaluation& evaluation, std::size_t t) {
  auto errors = evaluation.column(&Prediction::predicted, t);
  std::ranges::transform(errors, evaluation.column(&Prediction::truth, t), errors.begin(),
                         [](double predicted, double truth) { return std::abs(predicted - truth); });
  return errors;
}

/// A quantity of the test runs to lay out along x.
struct TestedQuantity {
  std::string markup;
  std::vector<double> values;
  bool varies() const { return std::ranges::adjacent_find(values, std::not_equal_to{}) != values.end(); }
};

/// What is measured, and whatever else varies among the test runs.
std::vector<TestedQuantity> parameters_of(const Evaluation& evaluation) {
  std::vector<TestedQuantity> quantities;
  for (const auto& parameter : all_parameters(evaluation.declared)) {
    const bool in_radians = parameter.unit == "rad";
    const auto of = target(parameter.title, evaluation.declared);
    TestedQuantity quantity{in_radians ? parameter.label + " / π" : axis_markup("true " + of.label, of), {}};
    for (const auto& p : evaluation.predictions)
      quantity.values.push_back(in_radians ? parameter.of(p.sample.parameters) / std::numbers::pi
                                           : of.value(p.sample.parameters));
    if (std::ranges::count(measured_targets(), parameter.title) > 0 || quantity.varies())
      quantities.push_back(std::move(quantity));
  }
  return quantities;
}

/// Means in bins of equal width: x, mean, standard error. Bins of fewer than four points are left out.
std::vector<std::vector<double>> binned_means(const std::vector<double>& x, const std::vector<double>& y) {
  constexpr std::size_t fewest = 4;
  const auto bins = std::clamp<std::size_t>(x.size() / 12, 3, 12);
  const auto range = padded_range(x, 0);
  std::vector<std::vector<double>> columns(3), xs(bins), ys(bins);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double position = (x[i] - range.min) / range.length() * static_cast<double>(bins);
    const auto bin = std::min(static_cast<std::size_t>(position), bins - 1);
    xs[bin].push_back(x[i]);
    ys[bin].push_back(y[i]);
  }
  for (std::size_t bin = 0; bin < bins; ++bin) {
    if (ys[bin].size() < fewest) continue;
    const auto values = average(ys[bin]);
    columns[0].push_back(mean(xs[bin]));
    columns[1].push_back(values.mean);
    columns[2].push_back(values.sd.value_or(0) / std::sqrt(static_cast<double>(values.count)));
  }
  return columns;
}

void draw_by_parameter(Paper& paper, const Target& of, const std::vector<double>& errors,
                       const TestedQuantity& parameter, const Box& axes) {
  const double top = readable_limit(errors);
  const auto shown = clipped(errors, top);
  paper.place(axes, padded_range(parameter.values, 0.04), {0, 1.06 * top});
  paper.axis_titles(parameter.markup, error_axis(of));
  paper.key(axes.left + 2, axes.top - header + 4, "maxrows 2");
  const auto points = paper.plot().table({parameter.values, shown.inside, shown.above});
  std::vector<std::string> layers{
      fmt::format("{} using 1:2 with points pt 7 ps {} lc rgb '#8cbbd9' title 'test runs'", points,
                  point_size(errors.size()))};
  if (const auto means = binned_means(parameter.values, errors); !means[0].empty()) {
    const auto data = paper.plot().table(means);
    layers.push_back(fmt::format("{} using 1:2 with lines lw 2 lc rgb '{}' notitle", data, line_colours[1]));
    layers.push_back(fmt::format(
        "{} using 1:2:3 with yerrorbars pt 5 ps 0.9 lw 1.8 lc rgb '{}' title 'mean ± standard error'", data,
        line_colours[1]));
  }
  if (shown.outside > 0)
    layers.push_back(fmt::format("{} using 1:(1.03*$3) with points pt 9 ps 1 lc rgb '{}' title '{} above {}'",
                                 points, line_colours[0], shown.outside, short_number(top)));
  paper.draw(layers);
}

/// Freedman & Diaconis' width of bins, from 0 to what is readable; values beyond are counted apart.
struct Histogram {
  std::vector<double> centres, counts;
  double width = 1, end = 1;
  std::size_t beyond = 0;

  explicit Histogram(const std::vector<double>& values) : end(readable_limit(values)) {
    const double n = static_cast<double>(values.size());
    const double wanted = 2 * (quantile(values, 0.75) - quantile(values, 0.25)) * std::pow(n, -1.0 / 3);
    const auto bins =
        static_cast<std::size_t>(wanted > 0 ? std::clamp(std::ceil(end / wanted), 6.0, 80.0) : 10);
    width = end / static_cast<double>(bins);
    for (std::size_t i = 0; i < bins; ++i)
      centres.push_back((static_cast<double>(i) + 0.5) * width);
    counts.resize(bins);
    for (const double value : values)
      if (value > end)
        ++beyond;
      else
        counts[std::min(static_cast<std::size_t>(value / width), bins - 1)] += 1;
  }
};

void draw_histogram(Paper& paper, const Target& of, const std::vector<double>& errors, double mean,
                    const Box& axes) {
  const Histogram h(errors);
  const double highest = *std::max_element(h.counts.begin(), h.counts.end()), top = 1.08 * highest;
  paper.place(axes, {0, h.end}, {0, top});
  if (highest < 6) paper.command("set ytics 1");
  paper.command(fmt::format("set boxwidth {}", 0.92 * h.width));
  paper.axis_titles(error_axis(of), "number of test runs");
  paper.key(axes.left + 2, axes.top - header - key_room);
  const auto beyond =
      h.beyond > 0 ? fmt::format(" ({} beyond {})", h.beyond, short_number(h.end)) : std::string();
  const auto mark = [&](const char* name, double at, const std::string& style) {
    return fmt::format("{} with lines lw 2 {} title '{} {}'", paper.plot().table({{at, at}, {0, top}}), style,
                       name, quantity_markup(at, of.unit));
  };
  paper.draw({fmt::format("{} with boxes lc rgb '#8cbbd9' title '{} test runs{}'",
                          paper.plot().table({h.centres, h.counts}), errors.size(), beyond),
              mark("mean", mean, fmt::format("lc rgb '{}'", line_colours[1])),
              mark("median", quantile(errors, 0.5), "dt 2 lc rgb '#000000'")});
}

}  // namespace

void draw_error_by_parameters(const std::filesystem::path& png, const std::string& title,
                              const Evaluation& evaluation) {
  expect_predictions(png, evaluation);
  const auto parameters = parameters_of(evaluation);
  const std::size_t rows = evaluation.targets.size();
  Paper paper(png, panel_width * static_cast<double>(parameters.size()),
              top_margin + row_height * static_cast<double>(rows), title);
  for (std::size_t t = 0; t < rows; ++t) {
    const auto errors = absolute_errors(evaluation, t);
    for (std::size_t p = 0; p < parameters.size(); ++p)
      draw_by_parameter(paper, evaluation.target_of(t), errors, parameters[p],
                        axes_at(p, top_margin + static_cast<double>(t) * row_height));
  }
  paper.write();
}

void draw_error_histogram(const std::filesystem::path& png, const std::string& title,
                          const Evaluation& evaluation) {
  expect_predictions(png, evaluation);
  Paper paper(png, panel_width * static_cast<double>(evaluation.targets.size()),
              top_margin + key_room + row_height, title);
  for (std::size_t t = 0; t < evaluation.targets.size(); ++t)
    draw_histogram(paper, evaluation.target_of(t), absolute_errors(evaluation, t), evaluation.scores[t].mae,
                   axes_at(t, top_margin + key_room));
  paper.write();
}

}  // namespace bondscope::ml
