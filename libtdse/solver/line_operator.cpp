#include "libtdse/solver/line_operator.hpp"

#include "libpmd/model/units.hpp"

namespace bondscope::tdse {

LineOperator::LineOperator(int points, double spacing, bool even, const std::function<Complex(double)>& f)
    : transform_(points) {
  const int n = points;
  const auto value = [&](int m) {
    const double k = even ? units::pi * m / (n * spacing) : fourier_momentum(m, n, spacing);
    return f(k) / static_cast<double>(n);
  };
  for (int position = 0; position < n; ++position) {
    const int m = transform_.frequency(position);
    momenta_.push_back(fourier_momentum(m, n, spacing));
    if (!even) {
      direct_.push_back(value(m));
      continue;
    }
    // The transform F of the reordered half line gives the cosine coefficients of the even line,
    //   X_m = [w F_m + w* F_(n-m)]/2,  w = exp(-iπm/2n);
    // multiplied by their factors and taken back, they become a mixture of F_m and F_(n-m).
    const Complex own = value(m), opposite = m == 0 ? own : value(n - m);
    direct_.push_back(0.5 * (own + opposite));
    crossed_.push_back(0.5 * (own - opposite) * phase(units::pi * m / n));
  }
}

SpectralFactors LineOperator::factors() const {
  return {reinterpret_cast<const double*>(direct_.data()),
          crossed_.empty() ? nullptr : reinterpret_cast<const double*>(crossed_.data()),
          transform_.partner_groups().data()};
}

}  // namespace bondscope::tdse
