#pragma once

// Images of invented distributions, as a camera would see them.

#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include "libpmd/import/geometry.hpp"
#include "libpmd/import/raster.hpp"
#include "libpmd/model/units.hpp"
#include "tests/support/synthetic_store.hpp"

namespace bondscope::testing {

inline double density_at(const RunParameters& run, Place k) {
  return synthetic::pmd(run, {k.x}, {k.y}).front();
}

inline Geometry geometry(Place centre, double scale, double degrees, bool y_down = true) {
  return {centre, scale, std::cos(degrees * units::degrees), std::sin(degrees * units::degrees), y_down};
}

/// The density at each pixel, so that the sum of all pixels is `electrons`.
inline Table image_of(const RunParameters& run, const Geometry& geometry, std::size_t rows,
                      std::size_t columns, double electrons) {
  Table image{rows, columns, {}};
  double sum = 0;
  for (std::size_t row = 0; row < rows; ++row)
    for (std::size_t column = 0; column < columns; ++column) {
      image.values.push_back(
          density_at(run, geometry.momentum({static_cast<double>(column), static_cast<double>(row)})));
      sum += image.values.back();
    }
  for (auto& value : image.values)
    value *= electrons / sum;
  return image;
}

/// Whole electrons instead of their mean numbers.
inline void count(Table& image, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  for (auto& value : image.values)
    value = value > 0 ? static_cast<double>(std::poisson_distribution<int>(value)(random)) : 0;
}

inline Raster raster_of(Table image) {
  return image_raster(std::move(image), {}, {});
}

/// Half the sum of all differences of two distributions of sum 1.
inline double total_variation(const std::vector<double>& a, const std::vector<double>& b) {
  double sum_a = 0, sum_b = 0, difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    sum_a += a[i];
    sum_b += b[i];
  }
  for (std::size_t i = 0; i < a.size(); ++i)
    difference += std::abs(a[i] / sum_a - b[i] / sum_b);
  return difference / 2;
}

}  // namespace bondscope::testing
