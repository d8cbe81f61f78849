#include "libtdse/solver/absorber.hpp"

#include <cmath>

namespace tdse {

Absorber::Absorber(const Grid& grid, const Preset& preset, double interval)
    : ny_(grid.ny), mask_(grid.points(), 1.0), touched_(static_cast<std::size_t>(grid.nx), false) {
  const double strength = preset.absorber_beta * interval / preset.absorber_reference_step;
  for (int i = 0; i < grid.nx; ++i)
    for (int j = 0; j < grid.ny; ++j) {
      const double depth = std::hypot(grid.x(i), grid.y(j)) - preset.absorber_radius;
      if (depth <= 0) continue;
      mask_[static_cast<std::size_t>(i) * static_cast<std::size_t>(ny_) + static_cast<std::size_t>(j)] =
          std::exp(-strength * depth * depth);
      touched_[static_cast<std::size_t>(i)] = true;
    }
}

void Absorber::absorb(int i, Complex* line, double factor, Complex* outgoing) const {
  if (!touched_[static_cast<std::size_t>(i)]) return;
  const double* const mask = mask_.data() + static_cast<std::size_t>(i) * static_cast<std::size_t>(ny_);
  const double scale = 1 / factor;
  for (int j = 0; j < ny_; ++j) {
    outgoing[j] = line[j] * (scale * (1 - mask[j]));
    line[j] *= mask[j];
  }
}

}  // namespace tdse
