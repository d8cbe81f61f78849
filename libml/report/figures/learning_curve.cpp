#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include <fmt/format.h>

#include "libml/report/figures.hpp"
#include "libml/report/figures/frame.hpp"

namespace bondscope::ml {
namespace {

using namespace figure;

constexpr double missing = std::numeric_limits<double>::quiet_NaN();
constexpr double panel_width = 560, axes_width = 430, axes_height = 320, top_margin = 96, rate_axis = 70;
/// From this ratio of largest to smallest on, an axis is logarithmic.
constexpr double ratio_for_logarithm = 5;

/// Of one quantity over the epochs; nan where there is none.
struct Curves {
  std::string y_markup;
  std::vector<double> training, validation;
};

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
                const std::vector<std::string>& targets, const std::vector<Epoch>& curve, bool classes,
                std::span<const Parameter> declared)
      : curve_(curve),
        rate_(of([](const Epoch& e) { return e.learning_rate; })),
        shows_rate_(std::ranges::adjacent_find(rate_, std::not_equal_to{}) != rate_.end()),
        paper_(png, panel_width * static_cast<double>(1 + targets.size()) + (shows_rate_ ? rate_axis : 0),
               top_margin + axes_height + bottom_margin, title),
        epochs_(of([](const Epoch& e) { return e.epoch; })) {
    for (const auto& epoch : curve)
      if (epoch.best && epoch.validation_loss) best_ = epoch.epoch;
    draw({"loss", of([](const Epoch& e) { return e.train_loss; }),
          of([](const Epoch& e) { return e.validation_loss.value_or(missing); })});
    for (std::size_t t = 0; t < targets.size(); ++t)
      draw({classes ? "error rate" : axis_markup("MAE of " + targets[t], target(targets[t], declared)),
            of([t](const Epoch& e) { return t < e.train_mae.size() ? e.train_mae[t] : missing; }),
            of([t](const Epoch& e) { return t < e.validation_mae.size() ? e.validation_mae[t] : missing; })});
    paper_.write();
  }

 private:
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
    auto both = curves.training;
    both.insert(both.end(), curves.validation.begin(), curves.validation.end());
    const double last = curve_.empty() ? 1 : curve_.back().epoch;
    const bool logs = logarithmic(both);
    paper_.place({left, top_margin, axes_width, axes_height}, {0, last + std::max(0.5, 0.02 * last)},
                 logs ? padded_log_range(both, 0.06) : padded_range(both, 0.06));
    if (logs) paper_.logarithmic("y");
    if (curve_.size() <= 10) paper_.command("set xtics 1");
    paper_.axis_titles("epoch", curves.y_markup);
    paper_.key(left + 4, 46, "maxrows 2");

    const auto data = paper_.plot().table({epochs_, curves.training, curves.validation, rate_});
    std::vector<std::string> layers;
    const auto add = [&](int column, const char* colour, const char* name) {
      layers.push_back(fmt::format("{} using 1:{} with {} lw 2 lc rgb '{}' title '{}'", data, column,
                                   curve_.size() < 12 ? "linespoints pt 7 ps 0.7" : "lines", colour, name));
    };
    add(2, line_colours[0], "training");
    if (std::ranges::any_of(curves.validation, [](double v) { return std::isfinite(v); }))
      add(3, line_colours[1], "validation");
    if (first && shows_rate_) {
      paper_.right_axis({0, 1.06 * padded_range(rate_, 0).max}, "learning rate", grey);
      layers.push_back(fmt::format(
          "{} using 1:4 axes x1y2 with lines lw 1.3 dt 3 lc rgb '{}' title 'learning rate'", data, grey));
    }
    if (best_) {
      const std::string style = "lw 1.2 dt 2 lc rgb '#aaaaaa'";
      paper_.vertical_line(best_, "back " + style);
      layers.push_back(fmt::format("NaN with lines {} title 'best epoch ({})'", style, best_));
    }
    paper_.draw(layers);
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
                         bool classes, std::span<const Parameter> declared) {
  LearningCurve(png, title, targets, curve, classes, declared);
}

}  // namespace bondscope::ml
