#include "libpmd/import/plane_cells.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace bondscope {
namespace {

/// The density of a raster between its pixels.
class Density {
 public:
  explicit Density(const Raster& raster)
      : values_(raster.values.values.data()),
        measured_(raster.measured.data()),
        rows_(static_cast<std::ptrdiff_t>(raster.values.rows)),
        columns_(static_cast<std::ptrdiff_t>(raster.values.columns)) {}

  /// False if nothing was measured there.
  bool at(Place place, double& density) const {
    const double x = place.x, y = place.y;
    // A pixel reaches half its side beyond its middle.
    if (!(x >= -0.5 && y >= -0.5 && x <= static_cast<double>(columns_) - 0.5 &&
          y <= static_cast<double>(rows_) - 0.5))
      return false;
    const auto column = static_cast<std::ptrdiff_t>(std::floor(x)),
               row = static_cast<std::ptrdiff_t>(std::floor(y));
    const double tx = x - std::floor(x), ty = y - std::floor(y);
    double sum = 0, weights = 0;
    for (std::ptrdiff_t i = 0; i < 2; ++i)
      for (std::ptrdiff_t j = 0; j < 2; ++j) {
        const auto r = row + i, c = column + j;
        if (r < 0 || c < 0 || r >= rows_ || c >= columns_ || !measured_[r * columns_ + c]) continue;
        const double weight = (i ? ty : 1 - ty) * (j ? tx : 1 - tx);
        sum += weight * values_[r * columns_ + c];
        weights += weight;
      }
    const bool at_rim = row < 0 || column < 0 || row + 1 >= rows_ || column + 1 >= columns_;
    if (weights < (at_rim ? 0.2 : 0.5)) return false;
    density = sum / weights;
    return true;
  }

 private:
  const double* values_;
  const std::uint8_t* measured_;
  std::ptrdiff_t rows_, columns_;
};

}  // namespace

MeasuredCells cells_of(const Raster& raster, const Geometry& geometry, const MomentumPlane& plane) {
  constexpr double most_points = 64, points_per_pixel = 2;
  const Density density(raster);
  const auto points = [&](double spacing) {
    return static_cast<std::size_t>(
        std::clamp(std::ceil(points_per_pixel * spacing / geometry.scale), 1.0, most_points));
  };
  const auto nx = points(plane.dkx), ny = points(plane.dky);
  const double area = plane.dkx * plane.dky / (geometry.scale * geometry.scale),
               all = static_cast<double>(nx * ny);
  MeasuredCells cells;
  const auto within = [](std::size_t i, std::size_t n) {
    return (static_cast<double>(i) + 0.5) / static_cast<double>(n) - 0.5;
  };
  for (std::size_t i = 0; i < plane.kx_points; ++i)
    for (std::size_t j = 0; j < plane.ky_points; ++j) {
      double sum = 0, there = 0;
      for (std::size_t a = 0; a < nx; ++a)
        for (std::size_t b = 0; b < ny; ++b) {
          const Place k{plane.kx_first + (static_cast<double>(i) + within(a, nx)) * plane.dkx,
                        plane.ky_first + (static_cast<double>(j) + within(b, ny)) * plane.dky};
          double here = 0;
          if (!density.at(geometry.place(k), here)) continue;
          sum += here;
          there += 1;
        }
      const bool measured = there >= 0.5 * all;
      cells.measured.push_back(measured ? 1 : 0);
      cells.sums.push_back(measured ? sum / there * area : 0);
    }
  return cells;
}

MeasuredCells cells_of(const std::vector<Place>& momenta, const ImportSettings& settings,
                       const Geometry& geometry, const MomentumPlane& plane) {
  MeasuredCells cells;
  cells.sums.resize(plane.size());
  for (std::size_t i = 0; i < plane.kx_points; ++i)
    for (std::size_t j = 0; j < plane.ky_points; ++j) {
      const Place k{plane.kx_first + static_cast<double>(i) * plane.dkx,
                    plane.ky_first + static_cast<double>(j) * plane.dky};
      cells.measured.push_back(is_measured(settings, geometry.place(k)) ? 1 : 0);
    }
  for (const auto& k : momenta) {
    const double i = std::floor((k.x - plane.kx_first) / plane.dkx + 0.5),
                 j = std::floor((k.y - plane.ky_first) / plane.dky + 0.5);
    if (!(i >= 0 && j >= 0 && i < static_cast<double>(plane.kx_points) &&
          j < static_cast<double>(plane.ky_points)))
      continue;
    const auto cell = static_cast<std::size_t>(i) * plane.ky_points + static_cast<std::size_t>(j);
    if (cells.measured[cell]) cells.sums[cell] += 1;
  }
  return cells;
}

Place reach_of(const Raster& raster, const Geometry& geometry) {
  const double right = static_cast<double>(raster.values.columns) - 0.5,
               bottom = static_cast<double>(raster.values.rows) - 0.5;
  /// Units from the centre to the rim in a direction.
  const auto to_rim = [&](double dx, double dy) {
    double distance = std::numeric_limits<double>::infinity();
    if (dx != 0) distance = std::min(distance, ((dx > 0 ? right : -0.5) - geometry.centre.x) / dx);
    if (dy != 0) distance = std::min(distance, ((dy > 0 ? bottom : -0.5) - geometry.centre.y) / dy);
    return std::max(0.0, distance) * geometry.scale;
  };
  // A right angle's cosine is not exactly 0.
  const auto exact = [](double part) { return std::abs(part) < 1e-12 ? 0.0 : part; };
  const double cos = exact(geometry.cos), sin = exact(geometry.y_down ? -geometry.sin : geometry.sin);
  return {std::min(to_rim(cos, sin), to_rim(-cos, -sin)), std::min(to_rim(-sin, cos), to_rim(sin, -cos))};
}

}  // namespace bondscope
