#include "libml/report/figures.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

#include "libtdse/plot/gnuplot.hpp"

namespace ml {
namespace {

using tdse::Gnuplot;
using Columns = std::vector<std::vector<double>>;

std::string three_digits(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g", value);
  return text;
}

std::string quote_axis(const Target& target, const std::string& before) {
  return Gnuplot::quote(before + target.label + " (" + target.unit + ")");
}

/// Epoch, training value, validation value (NaN where there is none).
Columns curve_columns(const std::vector<Epoch>& curve, auto&& training, auto&& validation) {
  Columns columns(3);
  for (const auto& epoch : curve) {
    columns[0].push_back(epoch.epoch);
    columns[1].push_back(training(epoch));
    columns[2].push_back(epoch.validation_loss ? validation(epoch)
                                               : std::numeric_limits<double>::quiet_NaN());
  }
  return columns;
}

void plot_curve(Gnuplot& plot, const Columns& columns, const std::string& label, bool validated) {
  const auto data = plot.table(columns);
  plot.command("set ylabel " + label);
  std::string command = "plot " + data + " using 1:2 with lines lw 2 lc rgb '#1f5fa8' title 'training'";
  if (validated) command += ", " + data + " using 1:3 with lines lw 2 lc rgb '#d1671b' title 'validation'";
  plot.command(command);
}

}  // namespace

void draw_learning_curve(const std::filesystem::path& png, const std::string& title,
                         const std::vector<std::string>& targets, const std::vector<Epoch>& curve) {
  const std::size_t panels = 1 + targets.size();
  const bool validated = !curve.empty() && curve.front().validation_loss.has_value();
  Gnuplot plot(png, static_cast<int>(560 * panels), 440);
  plot.command("set multiplot layout 1," + std::to_string(panels) + " title " + Gnuplot::quote(title));
  plot.command("set logscale y");
  plot.command("set grid lc rgb '#dddddd'");
  plot.command("set xlabel 'epoch'");
  plot_curve(plot,
             curve_columns(
                 curve, [](const Epoch& e) { return e.train_loss; },
                 [](const Epoch& e) { return *e.validation_loss; }),
             "'loss'", validated);
  for (std::size_t t = 0; t < targets.size(); ++t)
    plot_curve(plot,
               curve_columns(
                   curve, [t](const Epoch& e) { return e.train_mae[t]; },
                   [t](const Epoch& e) { return e.validation_mae[t]; }),
               Gnuplot::quote("MAE of " + targets[t] + " (" + target(targets[t]).unit + ")"), validated);
  plot.command("unset multiplot");
  plot.write();
}

void draw_scatter(const std::filesystem::path& png, const std::string& title, const Evaluation& evaluation) {
  const std::size_t panels = evaluation.targets.size();
  Gnuplot plot(png, static_cast<int>(620 * panels), 760);
  plot.command("set multiplot title " + Gnuplot::quote(title));
  plot.command("set grid lc rgb '#dddddd'");
  for (std::size_t t = 0; t < panels; ++t) {
    const auto& of = target(evaluation.targets[t]);
    const auto& score = evaluation.scores[t];
    Columns columns(3);
    for (const auto& p : evaluation.predictions) {
      columns[0].push_back(p.truth[t]);
      columns[1].push_back(p.predicted[t]);
      columns[2].push_back(p.predicted[t] - p.truth[t]);
    }
    const auto data = plot.table(columns);
    const double left = (static_cast<double>(t) + 0.13) / static_cast<double>(panels);
    const double right = (static_cast<double>(t) + 0.96) / static_cast<double>(panels);
    const auto margins = [&](double bottom, double top) {
      plot.command("set margins screen " + tdse::format_number(left) + ", screen " +
                   tdse::format_number(right) + ", screen " + tdse::format_number(bottom) + ", screen " +
                   tdse::format_number(top));
    };
    margins(0.34, 0.92);
    plot.command("set xlabel ''");
    plot.command("set format x ''");
    plot.command("set ylabel " + quote_axis(of, "predicted "));
    plot.command("set label 1 " +
                 Gnuplot::quote("MAE " + three_digits(score.mae) + " [" + three_digits(score.mae_95.low) +
                                ", " + three_digits(score.mae_95.high) + "], " + std::to_string(score.count) +
                                " test runs") +
                 " at graph 0.03,0.95");
    plot.command("set key bottom right");
    plot.command("plot x with lines lw 1 lc rgb '#888888' title 'predicted = true', " + data +
                 " using 1:2 with points pt 7 ps 0.7 lc rgb '#1f5fa8' title 'test runs'");
    plot.command("unset label 1");
    plot.command("unset key");
    margins(0.08, 0.31);
    plot.command("set format x");
    plot.command("set xlabel " + quote_axis(of, "true "));
    plot.command("set ylabel 'predicted - true'");
    plot.command("plot 0 with lines lw 1 lc rgb '#888888', " + data +
                 " using 1:3 with points pt 7 ps 0.7 lc rgb '#1f5fa8'");
  }
  plot.command("unset multiplot");
  plot.write();
}

}  // namespace ml
