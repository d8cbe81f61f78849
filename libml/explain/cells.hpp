#pragma once

// Images cut into cells that are as even as their size allows.

#include <cstddef>
#include <span>
#include <vector>

namespace bondscope::ml {

/// Number of the cell of every pixel [kx][ky], from 0; those along ky run fastest. Throws ConfigError unless
/// there are 1 to `width` cells along kx and 1 to `height` along ky.
std::vector<std::size_t> cells_of_pixels(int width, int height, int cells_kx, int cells_ky);

/// A map [kx][ky] in cells: sums of the values, or of their sizes. Throws DataError for a map of another
/// size, and as cells_of_pixels().
std::vector<double> in_cells(std::span<const float> map, int width, int height, int cells_kx, int cells_ky,
                             bool sizes);

/// A map that is the same everywhere in a cell, with the cell's value divided evenly among its pixels.
/// `cell_of` are cells_of_pixels().
std::vector<float> spread_over_pixels(std::span<const double> cells, std::span<const std::size_t> cell_of);

}  // namespace bondscope::ml
