#include "libtdse/solver/windowed_sinc.hpp"

#include <cmath>

#include "libpmd/model/units.hpp"

namespace bondscope::tdse {

double bessel_i0(double x) {
  // The standard library's takes a hundred times as long, and there are tens of thousands of weights.
  const double quarter = 0.25 * x * x;
  double term = 1, sum = 1;
  for (int k = 1; term > 1e-17 * sum; ++k) {
    term *= quarter / (k * k);
    sum += term;
  }
  return sum;
}

WindowedSinc::WindowedSinc(int half_width, double beta)
    : half_width_(half_width), beta_(beta), scale_(1 / bessel_i0(beta)) {}

double WindowedSinc::operator()(double u) const {
  if (std::abs(u) >= half_width_) return 0;
  const double sinc = u == 0 ? 1 : std::sin(units::pi * u) / (units::pi * u);
  const double s = u / half_width_;
  return sinc * scale_ * bessel_i0(beta_ * std::sqrt(1 - s * s));
}

}  // namespace bondscope::tdse
