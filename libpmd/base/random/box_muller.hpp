#pragma once

#include <cmath>
#include <numbers>

namespace bondscope {

/// A standard normal number by Box and Muller, from the next two of `draws`, whose uniform() is in [0, 1).
double box_muller(auto& draws) {
  const double radius = std::sqrt(-2 * std::log1p(-draws.uniform()));
  return radius * std::cos(2 * std::numbers::pi * draws.uniform());
}

}  // namespace bondscope
