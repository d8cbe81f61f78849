#include "libpmd/model/ground_energy.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include <Eigen/Eigenvalues>
#include <boost/math/quadrature/gauss.hpp>

#include "libpmd/base/error.hpp"
#include "libpmd/model/units.hpp"

namespace bondscope {
namespace {

constexpr double widest = 0.06 / 9, ratio = 3;  // exponents, a.u.
constexpr int exponents = 7;

struct Gaussian {
  double x, y, exponent;
};

/// exp(-p|r - (x, y)|²) · factor: a product of two.
struct Product {
  double x, y, p, factor;

  Product(const Gaussian& a, const Gaussian& b)
      : x((a.exponent * a.x + b.exponent * b.x) / (a.exponent + b.exponent)),
        y((a.exponent * a.y + b.exponent * b.y) / (a.exponent + b.exponent)),
        p(a.exponent + b.exponent),
        factor(std::exp(-a.exponent * b.exponent / p * (std::pow(a.x - b.x, 2) + std::pow(a.y - b.y, 2)))) {}
};

/// ∫ exp(-p|r|²) exp(-βs)/√(s + a) d²r, s = |r - d|². With 1/√(s + a) = 2/√π ∫ exp(-w²(s + a)) dw the
/// integral over r is one of Gaussians; w = √(p + β) tan θ leaves
///   2√π/√q ∫₀^{π/2} exp(-aq tan²θ - pd² (sin²θ + β/q cos²θ)) dθ, q = p + β.
double soft_core_integral(double p, double d_squared, double a, double beta) {
  const double q = p + beta;
  const auto integrand = [&](double theta) {
    const double sine = std::sin(theta), cosine = std::cos(theta);
    return std::exp(-a * q * sine * sine / (cosine * cosine) -
                    p * d_squared * (sine * sine + beta / q * cosine * cosine));
  };
  // sin θ and tan θ are at least 2θ/π: beyond this it is less than exp(-36) of what it is at 0.
  const double end = 0.5 * units::pi * std::min(1.0, 6 / std::sqrt(a * q + p * d_squared * (1 - beta / q)));
  return 2 * std::sqrt(units::pi / q) *
         boost::math::quadrature::gauss<double, 20>::integrate(integrand, 0.0, end);
}

double potential_element(const Product& g, const std::vector<PotentialCentre>& centres) {
  double sum = 0;
  for (const auto& c : centres) {
    const double d_squared = std::pow(g.x - c.x, 2) + std::pow(g.y - c.y, 2);
    sum -= c.charge * soft_core_integral(g.p, d_squared, c.softening, 0);
    if (c.core != 0) sum -= c.core * soft_core_integral(g.p, d_squared, c.softening, c.core_decay);
  }
  return g.factor * sum;
}

}  // namespace

double ground_energy(const Potential& potential) {
  std::vector<Gaussian> basis;
  for (const auto& c : potential.centres())
    for (int k = 0; k < exponents; ++k)
      basis.push_back({c.x, c.y, widest * std::pow(ratio, k)});
  const auto n = static_cast<Eigen::Index>(basis.size());
  Eigen::MatrixXd overlap(n, n), hamiltonian(n, n);
  for (Eigen::Index i = 0; i < n; ++i)
    for (Eigen::Index j = 0; j <= i; ++j) {
      const auto &a = basis[static_cast<std::size_t>(i)], &b = basis[static_cast<std::size_t>(j)];
      const Product product(a, b);
      const double scale = 2 * std::sqrt(a.exponent * b.exponent) / units::pi;  // of normalised ones
      const double reduced = a.exponent * b.exponent / product.p;
      const double d_squared = std::pow(a.x - b.x, 2) + std::pow(a.y - b.y, 2);
      const double both = scale * units::pi / product.p * product.factor;
      overlap(i, j) = overlap(j, i) = both;
      hamiltonian(i, j) = hamiltonian(j, i) = 2 * reduced * (1 - reduced * d_squared) * both +
                                              scale * potential_element(product, potential.centres());
    }
  // Centres close to each other have nearly the same functions: combinations that are nearly zero are left
  // out.
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> metric(overlap);
  Eigen::Index first = 0;
  while (first < n && metric.eigenvalues()[first] < 1e-7)
    ++first;
  const Eigen::MatrixXd basis_change =
      metric.eigenvectors().rightCols(n - first) *
      metric.eigenvalues().tail(n - first).cwiseSqrt().cwiseInverse().asDiagonal();
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solved(
      basis_change.transpose() * hamiltonian * basis_change, Eigen::EigenvaluesOnly);
  const double energy = solved.eigenvalues()[0];
  if (!(energy < 0)) throw ConfigError("the molecule has no bound state that this estimate finds");
  return energy;
}

}  // namespace bondscope
