#pragma once

// From one grid to another.

#include "libtdse/solver/grid.hpp"

namespace bondscope::tdse {

/// The same field on a grid of the same spacing and evenness, which may be smaller or larger in each
/// direction: zero outside, cut off where it does not fit.
Field embedded(const Grid& from, const Field& field, const Grid& to);

/// The same field on a coarser grid of the same evenness: its Fourier components below the coarser grid's
/// Nyquist momentum, evaluated at the new points; zero where those lie outside the old box.
Field resampled(const Grid& from, const Field& field, const Grid& to);

}  // namespace bondscope::tdse
