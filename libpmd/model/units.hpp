#pragma once

// Conversions to atomic units (hbar = m = |e| = 1).

#include <numbers>

namespace bondscope::units {

inline constexpr double pi = std::numbers::pi;                     ///< π
inline constexpr double intensity_w_cm2 = 3.50944758e16;           ///< W/cm² of a field of one a.u.
inline constexpr double wavelength_nm_times_omega = 45.563352529;  ///< λ/nm · ω/a.u.: 2πc in these units
inline constexpr double ev = 27.211386;                            ///< eV of one hartree
inline constexpr double fs = 0.024188843;                          ///< fs of one a.u. of time
inline constexpr double degrees = pi / 180.0;                      ///< radians of one degree

}  // namespace bondscope::units
