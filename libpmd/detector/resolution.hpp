#pragma once

// The finite momentum resolution of a detector.

#include <span>
#include <vector>

#include "libpmd/model/momentum_plane.hpp"

namespace bondscope {

inline constexpr double largest_resolution_au = 1;  ///< a.u. of momentum

/// The distribution convolved with an isotropic Gaussian of standard deviation `sigma` (a.u.) along each
/// axis, also one below the spacing. What is carried beyond the rim is lost; nothing comes in. Throws
/// DataError (bad distribution), ConfigError (sigma not in [0, largest_resolution_au]).
std::vector<float> blurred(std::span<const float> pmd, const MomentumPlane& plane, double sigma);

/// Weights of samples 0, 1, … away for a Gaussian of standard deviation `sigma`, in samples; their sum over
/// both sides is 1. From one sample on those of the Gaussian itself. Below, where these would have another
/// variance, the discrete Gaussian exp(-t) I_n(t), t = sigma², I_n the modified Bessel function (T.
/// Lindeberg, IEEE Trans. Pattern Anal. Mach. Intell. 12, 234 (1990)), which is not negative and has that
/// variance exactly.
std::vector<double> gaussian_weights(double sigma);

}  // namespace bondscope
