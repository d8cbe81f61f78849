#pragma once

// Focal averaging, Eqs. (5) and (6): intensities at which to compute momentum distributions, and their
// weights.
//
// A focus of peak intensity I0, Lorentzian along the axis and Gaussian across, exceeds the intensity I within
//
//   V(I) = 4/3 β + 2/9 β³ - 4/3 arctan β,   β = √(I0/I - 1),   in units of π w0² z_R
//
// (waist w0, Rayleigh length z_R). Hence -∂V/∂I = (I0/I)(I0/I + 2) √(I0/I - 1) / (3 I0): Eq. (6) with its
// constant. The averaged distribution is ∫ PMD(I) (-∂V/∂I) dI from a lower cut to I0. It is not divided by
// the volume, which grows without bound as the cut goes to zero while the integral does not; so it converges
// as the cut is lowered, and averages at different I0 compare as signals from the same target do.
//
// Equidistant steps in I are a poor choice for the trapezoidal rule: the integrand begins as √(I0 - I), whose
// slope is infinite, and rises steeply below I0. With I = I0/cosh² t the integrand is smooth and even in t
// and vanishes at t = 0, so there the rule has no error of the ends in any order, I0 itself needs no run, and
// the steps in I are fine where the distribution varies fast and coarse where it is small.

#include <vector>

namespace tdse {

/// V(I) in units of π w0² z_R; 0 for I >= I0.
double focal_volume(double intensity, double peak);

struct FocalNode {
  double intensity = 0;  ///< in the unit of the peak; rounded to ten digits, so that all machines agree
  double weight = 0;     ///< the average is Σ weight · PMD(intensity), in units of PMD · π w0² z_R
};

/// `count` intensities of the peak's own, from below I0 down to `lowest`: equidistant in t, weights of the
/// trapezoidal rule. Throws ConfigError unless 0 < lowest < peak and 2 <= count <= 1000.
std::vector<FocalNode> focal_nodes(double peak, double lowest, int count);

/// Intensities common to all peaks: lowest · ratioʲ for j = 0, 1, … up to the first that is not below I0 (at
/// least four), in descending order. In between PMD/I⁶ is interpolated by cubic polynomials of ln I, as rates
/// rise like a power of I; the weights are those of a fine focal_nodes() applied to that, and some may be
/// negative. Which nodes there are depends on nothing but the peak: a higher one adds nodes on top. Throws
/// ConfigError unless 0 < lowest < peak, 1.01 <= ratio <= 2, and for more than 1000 intensities.
std::vector<FocalNode> focal_ladder(double peak, double lowest, double ratio);

}  // namespace tdse
