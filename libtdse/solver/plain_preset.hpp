#pragma once

// Presets without any mechanism of the solver's: the textbook method (libtdse/witness).

#include "libtdse/solver/preset.hpp"

namespace bondscope::tdse {

/// The preset whose runs bear witness to those of `preset`: what is observed, and the box, are the same, the
/// method and its numerics are the plain ones, with a spacing of at most 0.3 a.u. and the longest time step
/// without step resonances. Its name is "witness of NAME".
Preset witness_of(const Preset& preset);

/// Throws ConfigError that names the key unless the preset asks for the plain method only: `transforms: fftw`
/// with roll_off 1, the plain potential and no mechanisms.
void check_plain(const Preset& preset);

}  // namespace bondscope::tdse
