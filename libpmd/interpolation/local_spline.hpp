#pragma once

// A surface through irregular points of the plane: thin-plate spline, r² ln r plus a linear polynomial.

#include <array>
#include <cstddef>
#include <span>
#include <vector>

namespace bondscope {

using Position = std::array<double, 2>;  ///< A point in scaled coordinates

/// Weights w for which Σ wᵢ f(nodesᵢ) is the value at `at` of the function Σ cᵢ rᵢ² ln rᵢ + linear
/// polynomial, rᵢ = |x - nodesᵢ|, through all f(nodesᵢ); their sum is 1. Linear functions are reproduced, and
/// so are the nodes. Throws DataError if the nodes lie on one line or two are the same.
std::vector<double> spline_weights(std::span<const Position> nodes, const Position& at);

/// Indices of the `count` points that are nearest to `at` (all if there are fewer), by distance.
std::vector<std::size_t> nearest_points(std::span<const Position> points, const Position& at,
                                        std::size_t count);

}  // namespace bondscope
