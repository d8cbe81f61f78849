#pragma once

// Interpolation of what is known at evenly spaced points and has no momenta near their Nyquist momentum.

namespace bondscope::tdse {

/// The modified Bessel function I₀(x), for |x| up to 50 or so.
double bessel_i0(double x);

/// Sinc under a Kaiser window that ends at ±half_width spacings. The larger beta, the smaller the error
/// (about exp(-beta)) and the farther momenta must stay away from the Nyquist momentum (by about
/// beta/half_width per spacing).
class WindowedSinc {
 public:
  /// half_width: in spacings; beta: of the Kaiser window.
  WindowedSinc(int half_width, double beta);
  /// Weight of a point at a distance of u spacings.
  double operator()(double u) const;

 private:
  int half_width_;
  double beta_, scale_;
};

}  // namespace bondscope::tdse
