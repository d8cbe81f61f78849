#pragma once

// Numerics of a run, as read from configs/presets/*.yaml.

#include <map>
#include <string>
#include <vector>

#include "libtdse/base/config.hpp"

namespace tdse {

/// Output momentum axes: k_j = j · spacing for |k_j| <= max. Independent of the box.
struct MomentumAxes {
  double kx_max = 3.0, kx_spacing = 0.05;
  double ky_max = 2.5, ky_spacing = 0.05;

  std::vector<double> kx() const;
  std::vector<double> ky() const;
};

/// Space grid and time step; what a molecule may need its own values of.
struct Discretisation {
  double spacing = 0.5;    ///< Δx = Δy, a.u.
  double roll_off = 0.6;   ///< fraction of the Nyquist momentum where the dispersion leaves k (1: never)
  double time_step = 0.2;  ///< Δt, a.u.
};

struct Preset {
  std::string name;
  Discretisation discretisation;                       ///< for every molecule not named below
  std::map<std::string, Discretisation> per_molecule;  ///< complete settings by molecule name
  double half_width_x = 180,
         half_width_y = 180;                ///< box is [-half_width, half_width); rounded up to a fast size
  double duration = 4;                      ///< propagation time in pulse durations t_f
  double absorber_radius = 150;             ///< r_b of Eq. (4)
  double absorber_beta = 1e-4;              ///< β of Eq. (4) at steps of absorber_reference_step
  double absorber_reference_step = 0.0184;  ///< time step for which β is given
  double absorber_interval = 2.0;           ///< time between absorption events
  bool corrected_potential = true;          ///< Takahashi–Imada potential
  MomentumAxes momentum;

  const Discretisation& discretisation_of(const std::string& molecule) const;

  /// Throws ConfigError.
  static Preset from_config(const Config& config);
  /// All keys with their values, readable by from_config().
  std::string to_yaml() const;
};

}  // namespace tdse
