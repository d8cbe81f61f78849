#pragma once

// A function on a grid, for tests.

#include "libtdse/solver/grid.hpp"

namespace bondscope::tdse {

template <class Function>
Field field_of(const Grid& grid, Function&& function) {
  Field field(grid);
  for (int i = 0; i < grid.nx; ++i)
    for (int j = 0; j < grid.ny; ++j)
      field.set(i, j, function(grid.x(i), grid.y(j)));
  return field;
}

}  // namespace bondscope::tdse
