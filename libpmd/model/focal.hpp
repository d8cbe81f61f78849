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
// Three rules choose the intensities of one average:
//
// - trapezoid: equidistant in I, as the paper has it. The integrand begins as √(I0 - I), whose slope is
//   infinite, and rises steeply below I0, so this converges slowly.
// - cosh: with I = I0/cosh² t the integrand is smooth and even in t and vanishes at t = 0, so there the
//   trapezoidal rule has no error of the ends in any order, and the steps in I are fine near I0.
// - gauss: Gauss quadrature for the weight (-∂V/∂I) I⁶ in the variable sin(1.35 ξ), where ξ = -1…1
//   runs with I from the cut to I0. Rates rise like a power of I, so the nodes lie where the integrand is.
//   The sine makes them nearly equidistant in I (Hale and Trefethen, SIAM J. Numer. Anal. 46, 930 (2008),
//   with the map of Kosloff and Tal-Ezer): what is left of the PMD oscillates in I because the ponderomotive
//   energy moves its rings, and equidistant nodes need π/2 times fewer for that than those of plain Gauss
//   rules, which crowd at the ends.
//
// docs/focal.md has what they were measured to be worth.

#include <span>
#include <string>
#include <vector>

namespace bondscope {

/// Of a Gauss quadrature for a weight function that is known by a fine rule only.
struct GaussNode {
  double place = 0, weight = 0;  ///< where, and with what weight
};

/// The Gauss rule of `count` nodes for the discrete measure `fine`, whose weights are positive: Σ weight
/// p(place) agrees with that of the measure for all polynomials p of degree below 2 · count. Nodes in
/// ascending order, within the range of the measure's; weights positive. Discretised Stieltjes procedure
/// (Gautschi, Orthogonal Polynomials, Oxford 2004); the nodes are the eigenvalues of the Jacobi matrix (Golub
/// and Welsch), found by bisection. Throws NumericsError unless the measure has at least `count` places that
/// differ.
std::vector<GaussNode> gauss_rule(std::span<const GaussNode> fine, int count);

/// V(I) in units of π w0² z_R; 0 for I >= I0.
double focal_volume(double intensity, double peak);

/// One run of an average.
struct FocalNode {
  double intensity = 0;  ///< in the unit of the peak; rounded to ten digits, so that all machines agree
  double weight = 0;     ///< the average is Σ weight · PMD(intensity), in units of PMD · π w0² z_R
};

/// How intensities and weights are chosen.
enum class FocalRule { trapezoid, cosh, gauss };
/// Its name in YAML.
const char* to_string(FocalRule rule);
/// The names, in the order of the enumeration.
const std::vector<std::string>& focal_rule_names();

/// `count` intensities of the peak's own, below I0, in descending order; `trapezoid` and `cosh` end at
/// `lowest`. All weights are positive. Throws ConfigError unless 0 < lowest < peak and 2 <= count <= 1000.
std::vector<FocalNode> focal_nodes(FocalRule rule, double peak, double lowest, int count);

/// Intensities common to all peaks: lowest · ratioʲ for j = 0, 1, … up to the first that is not below I0 (at
/// least four), in descending order. In between PMD/I⁶ is interpolated by cubic polynomials of ln I, as rates
/// rise like a power of I; the weights are those of a fine focal_nodes() applied to that, and some may be
/// negative. Which nodes there are depends on nothing but the peak: a higher one adds nodes on top. Throws
/// ConfigError unless 0 < lowest < peak, 1.01 <= ratio <= 2, and for more than 1000 intensities.
std::vector<FocalNode> focal_ladder(double peak, double lowest, double ratio);

/// Weights for given intensities (strictly ascending), returned in that order, by the interpolation of
/// focal_ladder(). Throws ConfigError unless 0 < lowest < peak, there are at least four intensities, and they
/// reach from `lowest` to the peak.
std::vector<FocalNode> focal_interpolation(std::span<const double> intensities, double peak, double lowest);

/// The trapezoidal rule on given intensities (strictly ascending), returned in that order: the paper's rule
/// for any spacing. I0 has no weight and need not be among them; what is not below I0, or is below `lowest`,
/// gets none. Throws ConfigError unless 0 < lowest < peak and two intensities have one.
std::vector<FocalNode> focal_trapezoid(std::span<const double> intensities, double peak, double lowest);

}  // namespace bondscope
