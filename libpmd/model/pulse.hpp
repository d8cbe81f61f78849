#pragma once

// The laser pulse, Eq. (1): A_x(t) = (-1)^n (F0/ω) sin²(ωt/2n) sin(ωt+φ) for 0 <= t <= t_f = 2πn/ω.

#include "libpmd/model/model_parameters.hpp"

namespace bondscope {

/// The laser pulse at one intensity and phase.
class Pulse {
 public:
  /// Peak intensity 0 gives no field. Throws ConfigError for a negative intensity, a wavelength that is not
  /// positive, fewer than one cycle or a phase that is not finite.
  Pulse(double intensity_w_cm2, double cep, const ModelParameters& model);

  double peak_field() const { return peak_field_; }  ///< F0
  /// Angular frequency ω, a.u.
  double omega() const { return omega_; }
  double duration() const { return duration_; }  ///< t_f

  double vector_potential(double t) const;  ///< A_x(t), zero outside the pulse
  double field(double t) const;             ///< F_x(t) = -dA_x/dt
  double excursion(double t) const;         ///< ∫₀ᵗ A_x dt', in closed form

 private:
  double peak_field_, omega_, cep_, duration_, amplitude_;
  int cycles_;
};

}  // namespace bondscope
