#pragma once

// Antialiased bicubic resizing of a two-dimensional array.

#include <span>
#include <vector>

namespace bondscope {

/// Resizes values[rows][columns] (row-major) to [new_rows][new_columns]. Separable Keys kernel (a = -1/2) on
/// pixel centres, widened by the factor of reduction where an axis shrinks, borders mirrored, weights
/// normalised: the definition of MATLAB's imresize(…, 'bicubic'). Values may overshoot the input's range.
/// All sizes must be positive and values.size() == rows · columns, else DataError.
///
/// Not OpenCV: its INTER_CUBIC takes four neighbours even when it shrinks, which aliases interference
/// fringes, and uses a = -3/4; its INTER_AREA does not alias but is a box filter.
std::vector<float> resize_bicubic(std::span<const float> values, int rows, int columns, int new_rows,
                                  int new_columns);

}  // namespace bondscope
