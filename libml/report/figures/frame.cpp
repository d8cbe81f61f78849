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

constexpr int cells = 400;   ///< of the grid, per side
constexpr double reach = 4;  ///< of the kernel, in bandwidths

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

std::vector<double> by_pairs(const std::vector<double>& x, const std::vector<double>& y) {
  std::vector<double> density(x.size(), 1.0);
  for (std::size_t i = 0; i < x.size(); ++i)
    for (std::size_t j = i + 1; j < x.size(); ++j) {
      const double dx = x[i] - x[j], dy = y[i] - y[j], square = dx * dx + dy * dy;
      if (square > reach * reach) continue;
      const double kernel = std::exp(-square / 2);
      density[i] += kernel;
      density[j] += kernel;
    }
  return density;
}

/// Cells of at most a quarter of a bandwidth: all of the points, or those around the median; points farther
/// out share the outermost cells.
struct Axis {
  double start = 0, step = 1;
  explicit Axis(const std::vector<double>& values) {
    const auto [min, max] = std::minmax_element(values.begin(), values.end());
    constexpr double widest = 0.25, reached = widest * (cells - 1) / 2;
    const double left = std::max(*min, -reached), right = std::min(*max, reached);
    start = left;
    if (right > left) step = (right - left) / (cells - 1);
  }
  double position(double value) const { return std::clamp((value - start) / step, 0.0, cells - 1.001); }
};

/// Convolution with a Gaussian along one axis; `stride` is that axis's.
void smooth(std::vector<double>& grid, int stride, int line_stride, double step) {
  const int half = std::min(cells - 1, static_cast<int>(std::ceil(reach / step)));
  std::vector<double> kernel, line(cells);
  for (int k = 0; k <= half; ++k)
    kernel.push_back(std::exp(-k * step * k * step / 2));
  for (int l = 0; l < cells; ++l) {
    double* const first = &grid[static_cast<std::size_t>(l) * line_stride];
    for (int i = 0; i < cells; ++i) {
      line[i] = 0;
      for (int j = std::max(0, i - half); j <= std::min(cells - 1, i + half); ++j)
        line[i] += kernel[std::abs(i - j)] * first[j * stride];
    }
    for (int i = 0; i < cells; ++i)
      first[i * stride] = line[i];
  }
}

/// A point shared by the four cells around it, or read from them.
struct Share {
  std::size_t corner;
  double right, up;
  Share(double x, double y) {
    const int column = static_cast<int>(x), row = static_cast<int>(y);
    corner = static_cast<std::size_t>(row) * cells + column;
    right = x - column;
    up = y - row;
  }
  template <class Visit>
  void each(Visit&& visit) const {
    visit(corner, (1 - right) * (1 - up));
    visit(corner + 1, right * (1 - up));
    visit(corner + cells, (1 - right) * up);
    visit(corner + cells + 1, right * up);
  }
};

std::vector<double> on_grid(const std::vector<double>& x, const std::vector<double>& y) {
  const Axis across(x), upwards(y);
  std::vector<double> grid(static_cast<std::size_t>(cells) * cells, 0.0);
  std::vector<Share> shares;
  for (std::size_t i = 0; i < x.size(); ++i) {
    shares.emplace_back(across.position(x[i]), upwards.position(y[i]));
    shares.back().each([&](std::size_t cell, double share) { grid[cell] += share; });
  }
  smooth(grid, 1, cells, across.step);
  smooth(grid, cells, 1, upwards.step);
  std::vector<double> density;
  for (const auto& share : shares) {
    double value = 0;
    share.each([&](std::size_t cell, double part) { value += part * grid[cell]; });
    density.push_back(value);
  }
  return density;
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

std::vector<double> relative_density(std::span<const double> x, std::span<const double> y,
                                     std::size_t most_exact) {
  if (x.empty()) return {};
  const auto u = in_bandwidths(x), v = in_bandwidths(y);
  auto density = x.size() <= most_exact ? by_pairs(u, v) : on_grid(u, v);
  const double highest = *std::max_element(density.begin(), density.end());
  for (auto& d : density)
    d /= highest;
  return density;
}

}  // namespace bondscope::ml::figure
