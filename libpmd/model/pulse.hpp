#pragma once

// The laser pulse. With the envelope f(t), 0 <= f <= 1, the phase θ = ω(t - t_f/2) + φ, and for a second
// colour its harmonic m, relative intensity ρ and relative phase Δ
//
//   A_x(t) = (F0/ω) f(t) [sin θ + (√ρ/m) sin(mθ + Δ)]   for 0 <= t <= t_f,   F_x = -dA_x/dt,
//
// and zero outside. f and df/dt vanish at both ends, and with them A and F: a pulse has no dc field.
//
// - sin²: f = sin²(ωt/2n), t_f = 2πn/ω. For whole n this is Eq. (1), (-1)^n (F0/ω) sin²(ωt/2n) sin(ωt + φ).
// - Gaussian: f = (g - ε[1 + a(T² - s²)]) / (1 - ε[1 + aT²]), s = t - T, g = exp(-as²), ε = g at the ends,
//   T = t_f/2 = 2.5 full widths (of the intensity at half maximum, τ = 2πn/ω, a = 2 ln2/τ²): a Gaussian cut
//   where it is 1.7e-4, less the parabola that takes value and slope at the cut to zero, which is at most
//   0.17 %.

#include <vector>

#include "libpmd/model/model_parameters.hpp"

namespace bondscope {

/// The laser pulse at one intensity and phase.
class Pulse {
 public:
  /// Intensity 0 gives no field. Throws ConfigError for a negative intensity, a wavelength that is not
  /// positive, fewer cycles than the envelope admits (sin² 1, Gaussian 0.5), a second colour stronger than
  /// the first, or numbers that are not finite.
  Pulse(double intensity_w_cm2, double cep, const PulseShape& shape = {});
  /// The run's, in the pulse of its data set.
  Pulse(const RunParameters& run, const ModelParameters& model);

  /// With the run's own values.
  const PulseShape& shape() const { return shape_; }
  double peak_field() const { return peak_field_; }  ///< F0 of the first colour
  double omega() const { return omega_; }            ///< ω of the first colour, a.u.
  double duration() const { return duration_; }      ///< t_f
  /// No |A| is larger: (F0/ω)(1 + √ρ/m).
  double largest_vector_potential() const;
  /// The highest frequency of the field, ω or mω.
  double highest_frequency() const { return colours_.back().frequency; }

  double vector_potential(double t) const;  ///< A_x(t), zero outside the pulse
  double field(double t) const;             ///< F_x(t) = -dA_x/dt
  /// ∫₀ᵗ A_x dt': in closed form for sin², otherwise by Gauss quadrature, to 1e-14 of (F0/ω²).
  double excursion(double t) const;

  /// Whether φ -> φ + π alone reverses the field, A -> -A: with one colour, or an odd harmonic.
  bool reversed_by_cep() const { return colours_.size() == 1 || shape_.harmonic % 2 == 1; }

 private:
  struct Colour {
    double amplitude, frequency, phase;  ///< amplitude · f(t) · sin(frequency · (t - origin) + phase)
  };
  struct Modulation {
    double value, slope;  ///< f, df/dt
  };
  Modulation modulation(double t) const;
  double excursion_of(const Colour& colour, double t) const;
  void integrate();

  PulseShape shape_;
  double peak_field_, omega_, duration_;
  double origin_ = 0;              ///< of the colours' phases
  std::vector<Colour> colours_;    ///< one or two
  double panel_ = 0;               ///< length of the intervals of integrals_
  std::vector<double> integrals_;  ///< ∫₀ A dt to the end of each; only where there is no closed form
};

/// What the run with the reversed field has: φ + π, and with a second colour of an even harmonic Δ + π.
RunParameters reversed_field(const RunParameters& run, const ModelParameters& model);

}  // namespace bondscope
