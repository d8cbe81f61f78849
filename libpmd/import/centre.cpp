#include "libpmd/import/centre.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include <fmt/format.h>

#include "libpmd/base/error.hpp"
#include "libpmd/model/units.hpp"

namespace bondscope {
namespace {

constexpr std::size_t coarsest = 32, finest = 1024;
constexpr int around = 3;  // half squares that are searched in each finer level

/// Values with a weight: how much of each square was measured.
struct Level {
  std::size_t rows = 0, columns = 0;
  std::vector<double> sums, weights;  ///< [row][column]
};

/// Squares of twice the side.
Level halved(const Level& fine) {
  Level coarse{(fine.rows + 1) / 2, (fine.columns + 1) / 2, {}, {}};
  coarse.sums.resize(coarse.rows * coarse.columns);
  coarse.weights.resize(coarse.sums.size());
  for (std::size_t row = 0; row < fine.rows; ++row)
    for (std::size_t column = 0; column < fine.columns; ++column) {
      const auto to = row / 2 * coarse.columns + column / 2, from = row * fine.columns + column;
      coarse.sums[to] += fine.sums[from];
      coarse.weights[to] += fine.weights[from];
    }
  return coarse;
}

/// The mean in each square that was measured.
std::vector<double> densities(const Level& level) {
  std::vector<double> all;
  for (std::size_t i = 0; i < level.sums.size(); ++i)
    if (level.weights[i] > 0) all.push_back(level.sums[i] / level.weights[i]);
  return all;
}

/// What is correlated, [row][column]: roots of what is above the background, which so has no weight.
std::vector<double> contrast(const Level& level, double background) {
  std::vector<double> a(level.sums.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!(level.weights[i] > 0)) continue;
    const double value = level.sums[i] / level.weights[i] - background;
    a[i] = std::copysign(std::sqrt(std::abs(value)), value);
  }
  return a;
}

/// Σ a(p) a(s - p); without `row_sum` rows stay where they are.
double overlap(const std::vector<double>& a, const Level& level, std::optional<int> row_sum, int column_sum) {
  const int rows = static_cast<int>(level.rows), columns = static_cast<int>(level.columns);
  const int first = std::max(0, column_sum - columns + 1), last = std::min(columns - 1, column_sum);
  double sum = 0;
  for (int row = 0; row < rows; ++row) {
    const int other = row_sum ? *row_sum - row : row;
    if (other < 0 || other >= rows) continue;
    const double* here = a.data() + static_cast<std::ptrdiff_t>(row) * columns;
    const double* there = a.data() + static_cast<std::ptrdiff_t>(other) * columns + column_sum;
    for (int column = first; column <= last; ++column)
      sum += here[column] * there[-column];
  }
  return sum;
}

/// Pearson's, of the squares with their images, where both were measured.
double correlation(const std::vector<double>& a, const Level& level, std::optional<int> row_sum,
                   int column_sum) {
  const int rows = static_cast<int>(level.rows), columns = static_cast<int>(level.columns);
  double count = 0, sum = 0, squares = 0, products = 0;
  for (int row = 0; row < rows; ++row)
    for (int column = 0; column < columns; ++column) {
      const int other_row = row_sum ? *row_sum - row : row, other_column = column_sum - column;
      if (other_row < 0 || other_row >= rows || other_column < 0 || other_column >= columns) continue;
      const auto here = static_cast<std::size_t>(row * columns + column);
      const auto there = static_cast<std::size_t>(other_row * columns + other_column);
      if (!(level.weights[here] > 0 && level.weights[there] > 0)) continue;
      ++count;
      sum += a[here];
      squares += a[here] * a[here];
      products += a[here] * a[there];
    }
  const double variance = squares - sum * sum / count;
  return count > 1 && variance > 0 ? (products - sum * sum / count) / variance : 0;
}

/// The maximum of a parabola through values at -around … around; 0 if it has none there.
double peak_of(const std::vector<double>& values) {
  double sum2 = 0, sum4 = 0, v0 = 0, v1 = 0, v2 = 0;
  for (int i = -around; i <= around; ++i) {
    const double v = values[static_cast<std::size_t>(i + around)];
    sum2 += i * i;
    sum4 += i * i * i * i;
    v0 += v;
    v1 += i * v;
    v2 += i * i * v;
  }
  const double n = 2 * around + 1;
  const double slope = v1 / sum2, curvature = (v2 - v0 * sum2 / n) / (sum4 - sum2 * sum2 / n);
  const double peak = curvature < 0 ? -slope / (2 * curvature) : 0;
  return std::abs(peak) <= around ? peak : 0;
}

/// The search, from the coarsest level to the finest.
class Search {
 public:
  Search(Level finest_level, bool rows_too) : rows_too_(rows_too) {
    levels_.push_back(std::move(finest_level));
    while (std::max(levels_.back().rows, levels_.back().columns) > coarsest)
      levels_.push_back(halved(levels_.back()));
    start();
    for (auto level = levels_.rbegin() + 1; level != levels_.rend(); ++level)
      refine(*level);
    between();
  }

  double symmetry() const { return symmetry_; }
  /// In squares of the finest level.
  Place centre() const { return {x_ / 2, y_ / 2}; }

 private:
  std::optional<int> row_sum(int sum) const { return rows_too_ ? std::optional(sum) : std::nullopt; }

  void start() {
    const auto& level = levels_.back();
    auto values = densities(level);
    if (values.empty()) throw DataError("no centre is found: nothing of the image was measured");
    std::ranges::sort(values);
    if (!(values.back() - values.front() > 1e-9 * std::abs(values.back())))
      throw DataError("no centre is found: the image is the same everywhere");
    background_ = values[values.size() / 10];
    const auto a = contrast(level, background_);
    const auto middle_half = [](std::size_t side) {
      const int n = static_cast<int>(side);
      return std::pair{n / 2, 3 * n / 2 - 1};
    };
    const auto [row_begin, row_end] = rows_too_ ? middle_half(level.rows) : std::pair{0, 1};
    const auto [column_begin, column_end] = middle_half(level.columns);
    double best = -1;
    for (int row = row_begin; row < row_end; ++row)
      for (int column = column_begin; column < column_end; ++column)
        if (const double value = overlap(a, level, row_sum(row), column); value > best) {
          best = value;
          row_ = row;
          column_ = column;
        }
    symmetry_ = correlation(a, level, row_sum(row_), column_);
    if (!(symmetry_ >= least_symmetry))
      throw DataError(fmt::format(
          "no centre is found: the distribution is like its own image about no point (correlation "
          "{:.2f}, expected at least {}); expected 'centre' to be given",
          symmetry_, least_symmetry));
    if (column_ == column_begin || column_ + 1 == column_end ||
        (rows_too_ && (row_ == row_begin || row_ + 1 == row_end)))
      throw DataError(
          "no centre is found within the middle half of the image; expected 'centre' to be given");
  }

  void refine(const Level& level) {
    const auto a = contrast(level, background_);
    const int row_middle = 2 * row_ + 1, column_middle = 2 * column_ + 1;
    double best = -std::numeric_limits<double>::infinity();
    for (int row = row_middle - (rows_too_ ? around : 0); row <= row_middle + (rows_too_ ? around : 0); ++row)
      for (int column = column_middle - around; column <= column_middle + around; ++column)
        if (const double value = overlap(a, level, row_sum(row), column); value > best) {
          best = value;
          row_ = row;
          column_ = column;
        }
  }

  void between() {
    const auto& level = levels_.front();
    const auto a = contrast(level, background_);
    std::vector<double> along_rows, along_columns;
    for (int i = -around; i <= around; ++i) {
      along_columns.push_back(overlap(a, level, row_sum(row_), column_ + i));
      along_rows.push_back(rows_too_ ? overlap(a, level, row_ + i, column_) : 0);
    }
    x_ = column_ + peak_of(along_columns);
    y_ = row_ + peak_of(along_rows);
  }

  bool rows_too_;
  std::vector<Level> levels_;  ///< from the finest
  int row_ = 0, column_ = 0;   ///< s of the best so far
  double x_ = 0, y_ = 0, symmetry_ = 0, background_ = 0;
};

Level level_of(const Raster& raster) {
  Level level{raster.values.rows, raster.values.columns, raster.values.values, {}};
  level.weights.assign(raster.measured.begin(), raster.measured.end());
  return level;
}

}  // namespace

FoundCentre centre_by_inversion(const Raster& raster) {
  auto level = level_of(raster);
  double side = 1;
  for (; std::max(level.rows, level.columns) > finest; side *= 2)
    level = halved(level);
  const Search search(std::move(level), true);
  // The middle of a square of `side` pixels is not that of its first pixel.
  const auto in_pixels = [&](double square) { return square * side + (side - 1) / 2; };
  const auto [x, y] = search.centre();
  return {{raster.x_first + in_pixels(x) * raster.dx, raster.y_first + in_pixels(y) * raster.dy},
          search.symmetry()};
}

FoundCentre centre_by_mirror(const Raster& raster, Place start, double angle_deg, bool y_down) {
  const auto& image = raster.values;
  // Lines along the polarisation, [along][across] around the start, in steps of whole pixels.
  const double diagonal = std::hypot(static_cast<double>(image.rows), static_cast<double>(image.columns));
  const double step = std::max(1.0, std::floor(diagonal / finest));
  const auto half = static_cast<std::size_t>(diagonal / step / 2) + 1;
  const double cos = std::cos(angle_deg * units::degrees),
               sin = std::sin(angle_deg * units::degrees) * (y_down ? -1 : 1);
  Level level{2 * half, 2 * half, {}, {}};
  level.sums.resize(level.rows * level.columns);
  level.weights.resize(level.sums.size());
  const double x0 = (start.x - raster.x_first) / raster.dx, y0 = (start.y - raster.y_first) / raster.dy;
  for (std::size_t i = 0; i < level.rows; ++i)
    for (std::size_t j = 0; j < level.columns; ++j) {
      const double along = (static_cast<double>(i) - static_cast<double>(half)) * step;
      const double across = (static_cast<double>(j) - static_cast<double>(half)) * step;
      const double x = x0 + along * cos - across * sin, y = y0 + along * sin + across * cos;
      const double left = std::floor(x), top = std::floor(y);
      for (int dy = 0; dy < 2; ++dy)
        for (int dx = 0; dx < 2; ++dx) {
          const double column = left + dx, row = top + dy;
          const double weight = std::abs(1 - dx - (x - left)) * std::abs(1 - dy - (y - top));
          if (!(column >= 0 && row >= 0 && column < static_cast<double>(image.columns) &&
                row < static_cast<double>(image.rows)))
            continue;
          const auto at = static_cast<std::size_t>(row) * image.columns + static_cast<std::size_t>(column);
          if (!raster.measured[at]) continue;
          level.sums[i * level.columns + j] += weight * image.values[at];
          level.weights[i * level.columns + j] += weight;
        }
    }
  const Search search(std::move(level), false);
  const double across = (search.centre().x - static_cast<double>(half)) * step;
  return {{start.x - across * sin * raster.dx, start.y + across * cos * raster.dy}, search.symmetry()};
}

}  // namespace bondscope
