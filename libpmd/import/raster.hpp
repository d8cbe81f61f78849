#pragma once

// A measurement as a picture in the units of its file: the pixels of an image, or events counted in squares.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "libpmd/import/geometry.hpp"
#include "libpmd/import/import_settings.hpp"
#include "libpmd/import/table.hpp"

namespace bondscope {

/// Pixel (row, column) has its middle at (x_first + column · dx, y_first + row · dy).
struct Raster {
  Table values;                        ///< what was measured, per pixel; 0 where nothing was
  std::vector<std::uint8_t> measured;  ///< [row][column], 1 or 0
  double x_first = 0, y_first = 0;     ///< middle of pixel (0, 0), units of the file
  double dx = 1, dy = 1;               ///< from pixel to pixel

  /// The middle of a pixel.
  Place place(std::size_t row, std::size_t column) const {
    return {x_first + static_cast<double>(column) * dx, y_first + static_cast<double>(row) * dy};
  }
};

/// Whether anything was measured at a place, as far as the detector's edge and dead areas say.
bool is_measured(const ImportSettings& settings, Place at);

/// The raster of an image. `mask`: an image of the same size that is 0 where nothing was measured; empty:
/// none. Throws DataError: fewer than 8 pixels along a side, infinite values, negative ones unless
/// settings.subtracted, a mask of another size, nothing measured, everything 0. A value that is NaN was not
/// measured.
Raster image_raster(Table image, const Table& mask, const ImportSettings& settings);

/// `raster` less `factor` times `background`, which may be empty, and less `level`, where measured. Throws
/// DataError if the background is of another size, or not finite or negative where it counts.
Raster without_background(Raster raster, const Table& background, double factor, double level);

/// What was measured of events.
struct Events {
  std::vector<Place> places;  ///< units of the file
  std::vector<double> z;      ///< the same of the third column; empty: there is none
};
/// The columns of a list. Throws DataError: fewer columns, values that are not finite.
Events events_of(const Table& list, const ImportSettings& settings);
/// Counted in up to 512 × 512 squares around all but the outermost thousandth of them. Throws DataError if
/// that is empty.
Raster event_raster(const Events& events, const ImportSettings& settings);

}  // namespace bondscope
