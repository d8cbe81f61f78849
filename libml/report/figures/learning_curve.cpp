#include <algorithm>
#include <cmath>
#include <limits>

#include "libml/report/figures.hpp"
#include "libml/report/figures/frame.hpp"
#include "libpmd/base/text/number.hpp"

namespace bondscope::ml {
namespace {

using namespace figure;

constexpr double missing = std::numeric_limits<double>::quiet_NaN();
constexpr double panel_width = 560, axes_width = 430, axes_height = 320, left_margin = 84, top_margin = 96,
                 bottom_margin = 62, rate_axis = 70;
constexpr int height = static_cast<int>(top_margin + axes_height + bottom_margin);
/// From this ratio of largest to smallest on, an axis is logarithmic.
constexpr double ratio_for_logarithm = 5;

/// Of one quantity over the epochs; nan where there is none.
struct Curves {
  std::string y_markup;
  std::vector<double> training, validation;
};

bool has_values(const std::vector<double>& values) {
  for (const double value : values)
    if (std::isfinite(value)) return true;
  return false;
}

/// A logarithmic axis cannot show what is not positive.
bool logarithmic(const std::vector<double>& values) {
  double min = std::numeric_limits<double>::infinity(), max = 0;
  for (const double value : values)
    if (std::isfinite(value)) {
      if (value <= 0) return false;
      min = std::min(min, value);
      max = std::max(max, value);
    }
  return max > ratio_for_logarithm * min;
}

class LearningCurve {
 public:
  LearningCurve(const std::filesystem::path& png, const std::string& title,
                const std::vector<std::string>& targets, const std::vector<Epoch>& curve, bool classes)
      : curve_(curve),
        rate_(rates(curve)),
        shows_rate_(varies(rate_)),
        paper_(png,
               static_cast<int>(panel_width * static_cast<double>(1 + targets.size()) +
                                (shows_rate_ ? rate_axis : 0)),
               height, title) {
    for (const auto& epoch : curve) {
      epochs_.push_back(epoch.epoch);
      if (epoch.best) best_ = epoch.epoch;
    }
    draw({"loss", of([](const Epoch& e) { return e.train_loss; }),
          of([](const Epoch& e) { return e.validation_loss.value_or(missing); })});
    for (std::size_t t = 0; t < targets.size(); ++t)
      draw({classes ? "error rate"
                    : "MAE of " + plain(targets[t]) + " (" + unit_markup(target(targets[t]).unit) + ")",
            of([t](const Epoch& e) { return t < e.train_mae.size() ? e.train_mae[t] : missing; }),
            of([t](const Epoch& e) { return t < e.validation_mae.size() ? e.validation_mae[t] : missing; })});
    paper_.write();
  }

 private:
  static std::vector<double> rates(const std::vector<Epoch>& curve) {
    std::vector<double> all;
    for (const auto& epoch : curve)
      all.push_back(epoch.learning_rate);
    return all;
  }
  static bool varies(const std::vector<double>& values) {
    for (const double value : values)
      if (value != values.front()) return true;
    return false;
  }

  std::vector<double> of(auto&& quantity) const {
    std::vector<double> values;
    for (const auto& epoch : curve_)
      values.push_back(quantity(epoch));
    return values;
  }

  void draw(const Curves& curves) {
    const bool first = panels_++ == 0;
    const double left = left_margin + static_cast<double>(panels_ - 1) * panel_width +
                        (first || !shows_rate_ ? 0 : rate_axis);
    paper_.place({left, top_margin, axes_width, axes_height});
    auto both = curves.training;
    both.insert(both.end(), curves.validation.begin(), curves.validation.end());
    vertical_axis(both);
    paper_.command(curve_.size() > 10 ? "set xtics autofreq format '%g'" : "set xtics 1 format '%g'");
    paper_.axes("epoch", curves.y_markup);
    paper_.key(left + 4, 46, "maxrows 2");

    const auto data = paper_.plot().table({epochs_, curves.training, curves.validation, rate_});
    const std::string style = curve_.size() < 12 ? " with linespoints pt 7 ps 0.7" : " with lines";
    std::string what;
    const auto add = [&](const std::string& part) { what += (what.empty() ? "" : ", ") + part; };
    add(data + " using 1:2" + style + " lw 2 lc rgb '" + colours[0] + "' title 'training'");
    if (has_values(curves.validation))
      add(data + " using 1:3" + style + " lw 2 lc rgb '" + colours[1] + "' title 'validation'");
    if (first && shows_rate_) {
      rate_axis_right(left);
      add(data + " using 1:4 axes x1y2 with lines lw 1.3 dt 3 lc rgb '" + grey + "' title 'learning rate'");
    }
    if (best_) {
      paper_.command("set arrow from first " + std::to_string(best_) + ", graph 0 to first " +
                     std::to_string(best_) + ", graph 1 nohead back lw 1.2 dt 2 lc rgb '#aaaaaa'");
      add("NaN with lines lw 1.2 dt 2 lc rgb '#aaaaaa' title 'best epoch (" + std::to_string(best_) + ")'");
    }
    paper_.draw(what);
    paper_.command("unset y2tics; unset y2label; set ytics nomirror");
  }

  void vertical_axis(const std::vector<double>& values) {
    const double last = curve_.empty() ? 1 : curve_.back().epoch;
    const Range epochs{0, last + std::max(0.5, 0.02 * last)};
    if (!logarithmic(values)) {
      paper_.ranges(epochs, padded_range(values, 0.06));
      paper_.command("set ytics autofreq format '%g'");
      return;
    }
    std::vector<double> logs;
    for (const double value : values)
      logs.push_back(std::log10(value));
    const auto range = padded_range(logs, 0.06);
    const Range y{std::pow(10, range.min), std::pow(10, range.max)};
    paper_.command("set logscale y");
    paper_.ranges(epochs, y);
    paper_.command(log_ticks('y', y));
  }

  void rate_axis_right(double left) {
    const auto range = padded_range(rate_, 0);
    paper_.command("set y2range [0:" + format_number(1.06 * range.max) + "]");
    paper_.command("set y2tics autofreq format '%g' textcolor rgb '" + std::string(grey) + "'");
    paper_.text("learning rate", left + axes_width + 84, top_margin + axes_height / 2,
                "center rotate by 90 font ',12' textcolor rgb '" + std::string(grey) + "'");
  }

  const std::vector<Epoch>& curve_;
  std::vector<double> rate_;
  bool shows_rate_;
  Paper paper_;
  std::vector<double> epochs_;
  int best_ = 0, panels_ = 0;
};

}  // namespace

void draw_learning_curve(const std::filesystem::path& png, const std::string& title,
                         const std::vector<std::string>& targets, const std::vector<Epoch>& curve,
                         bool classes) {
  LearningCurve(png, title, targets, curve, classes);
}

}  // namespace bondscope::ml
