#pragma once

// What a data set says of its pulse beside intensity and phase (docs/pulses.md).

namespace bondscope {

/// f(t) of a pulse (model/pulse.hpp).
enum class Envelope { sin2, gaussian };

/// Both colours have the same envelope and are polarised along x.
struct PulseShape {
  double wavelength_nm = 800;  ///< of the first colour
  /// Optical cycles: of a sin² pulse from its beginning to its end, n_p of Eq. (1); of a Gaussian one in the
  /// full width of its intensity at half maximum.
  double cycles = 2;
  Envelope envelope = Envelope::sin2;  ///< of both colours
  int harmonic = 2;                    ///< frequency of the second colour over that of the first
  double relative_intensity = 0;       ///< of the second colour over the first; 0: one colour
  double relative_phase = 0;           ///< Δ of the second colour, radians

  /// Whether all members are equal.
  bool operator==(const PulseShape&) const = default;
};

}  // namespace bondscope
