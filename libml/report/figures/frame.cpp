#include "libml/report/figures/frame.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "libpmd/base/error.hpp"
#include "libpmd/base/statistics/quantile.hpp"

namespace bondscope::ml::figure {

std::string axis_markup(const std::string& what, const Target& target) {
  return fmt::format("{} ({})", plain_markup(what), unit_markup(target.unit));
}

double readable_limit(const std::vector<double>& sizes) {
  const double largest = *std::max_element(sizes.begin(), sizes.end()), most = quantile(sizes, 0.99);
  const double limit = largest > 2 * most && most > 0 ? 1.5 * most : largest;
  return limit > 0 ? limit : 1;
}

Clipped clipped(const std::vector<double>& values, double limit) {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  Clipped columns;
  for (const double value : values) {
    const bool beyond = std::abs(value) > limit;
    columns.outside += beyond;
    columns.inside.push_back(beyond ? nan : value);
    columns.above.push_back(beyond && value > 0 ? limit : nan);
    columns.below.push_back(beyond && value < 0 ? -limit : nan);
  }
  return columns;
}

double point_size(std::size_t points) {
  return std::clamp(1.15 - 0.33 * std::log10(static_cast<double>(points) / 20), 0.3, 1.15);
}

void expect_predictions(const std::filesystem::path& png, const Evaluation& evaluation) {
  const std::size_t targets = evaluation.targets.size();
  if (targets == 0 || evaluation.predictions.empty() || evaluation.scores.size() != targets)
    throw DataError(png.string() + ": there are no predictions to draw");
  const auto complete = [&](const std::vector<double>& values) {
    return values.size() == targets &&
           std::all_of(values.begin(), values.end(), [](double value) { return std::isfinite(value); });
  };
  for (const auto& p : evaluation.predictions)
    if (!complete(p.truth) || !complete(p.predicted))
      throw DataError(
          fmt::format("{}: run {} has a value that is missing or not finite; expected one per target",
                      png.string(), p.sample.number));
}

}  // namespace bondscope::ml::figure
