#pragma once

// The run whose saved states are changed.

#include "libpmd/base/config/config.hpp"
#include "libtdse/solver/propagation.hpp"

namespace bondscope::fuzz {

/// On about the smallest grid that there can be, without a change of grid.
inline tdse::Plan smallest_run() {
  const auto preset = tdse::Preset::from_config(
      Config::from_text("name: smallest\n"
                        "grid: {spacing: 0.55, roll_off: 0.6, half_width_x: 44, half_width_y: 44}\n"
                        "time_step: automatic\n"
                        "duration: 1.2\n"
                        "absorber: {radius: 31, beta: 1e-3, reference_step: 0.0184, interval: 4}\n"
                        "corrected_potential: true\n"
                        "momentum: {kx_max: 0.8, kx_spacing: 0.2, ky_max: 0.4, ky_spacing: 0.2}\n"
                        "mechanisms: {even_symmetry: true, sparse_sampling: true}\n",
                        "smallest.yaml"));
  return {{.R = 2, .intensity_w_cm2 = 1e13}, {}, preset};
}

}  // namespace bondscope::fuzz
