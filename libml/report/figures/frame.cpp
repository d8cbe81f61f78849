#include "libml/report/figures/frame.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "libpmd/base/error.hpp"
#include "libpmd/base/statistics/average.hpp"
#include "libpmd/base/statistics/quantile.hpp"

namespace bondscope::ml::figure {
namespace {

/// Distances from the median in bandwidths; all zero if they do not differ.
std::vector<double> in_bandwidths(std::span<const double> values) {
  const std::vector<double> all(values.begin(), values.end());
  constexpr double quartiles_of_normal = 1.349;
  const double quartiles = (quantile(all, 0.75) - quantile(all, 0.25)) / quartiles_of_normal;
  double width = average(values).sd.value_or(0);
  if (quartiles > 0) width = std::min(width, quartiles);
  width *= std::pow(static_cast<double>(all.size()), -1.0 / 6);
  std::vector<double> scaled(values.size(), 0.0);
  if (width > 0)
    std::ranges::transform(values, scaled.begin(),
                           [width, middle = median(all)](double v) { return (v - middle) / width; });
  return scaled;
}

}  // namespace

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

std::vector<double> relative_density(std::span<const double> x, std::span<const double> y) {
  if (x.empty()) return {};
  const auto u = in_bandwidths(x), v = in_bandwidths(y);
  constexpr double reach = 4;  // of the kernel
  std::vector<double> density(x.size(), 1.0);
  for (std::size_t i = 0; i < x.size(); ++i)
    for (std::size_t j = i + 1; j < x.size(); ++j) {
      const double dx = u[i] - u[j], dy = v[i] - v[j], square = dx * dx + dy * dy;
      if (square > reach * reach) continue;
      const double kernel = std::exp(-square / 2);
      density[i] += kernel;
      density[j] += kernel;
    }
  const double highest = *std::ranges::max_element(density);
  for (auto& d : density)
    d /= highest;
  return density;
}

}  // namespace bondscope::ml::figure
