#include "libpmd/detector/poisson.hpp"

#include <cmath>
#include <numbers>

#include <fmt/format.h>

#include "libpmd/base/error.hpp"
#include "libpmd/base/text/number.hpp"

namespace bondscope {
namespace {

/// ln n! - ln of Stirling's formula √(2πn) (n/e)^n.
double stirling_error(double n) {
  if (n >= 16) {
    const double square = n * n;
    return (1.0 / 12 - (1.0 / 360 - (1.0 / 1260 - 1.0 / (1680 * square)) / square) / square) / n;
  }
  double log_factorial = 0;
  for (double i = 2; i <= n; ++i)
    log_factorial += std::log(i);
  return log_factorial - (0.5 * std::log(2 * std::numbers::pi * n) + n * std::log(n) - n);
}

double by_inversion(double mean, double u) {
  double count = 0, probability = std::exp(-mean);
  // Beyond 120 nothing is left of 53 bits at a mean of 10.
  while (u >= probability && count < 120) {
    u -= probability;
    probability *= mean / ++count;
  }
  return count;
}

double by_rejection(double mean, RandomDraws& draws) {
  const double b = 0.931 + 2.53 * std::sqrt(mean);
  const double a = -0.059 + 0.02483 * b;
  const double inverse_alpha = 1.1239 + 1.1328 / (b - 3.4);
  const double squeeze = 0.9277 - 3.6224 / (b - 2);
  for (;;) {
    const double u = draws.uniform() - 0.5, v = draws.uniform();
    const double us = 0.5 - std::abs(u);
    const double count = std::floor((2 * a / us + b) * u + mean + 0.43);
    if (us >= 0.07 && v <= squeeze) return count;
    if (!(count >= 0) || (us < 0.013 && v > us)) continue;
    if (std::log(v * inverse_alpha / (a / (us * us) + b)) <= log_poisson_probability(count, mean))
      return count;
  }
}

}  // namespace

double log_poisson_probability(double count, double mean) {
  if (count == 0) return -mean;
  // With x = mean/count - 1 and Stirling's formula for the factorial: count·(ln(1 + x) - x).
  const double x = (mean - count) / count;
  return count * (std::log1p(x) - x) - 0.5 * std::log(2 * std::numbers::pi * count) - stirling_error(count);
}

double poisson(double mean, RandomDraws& draws) {
  if (!(mean >= 0 && mean <= largest_poisson_mean))
    throw DataError(fmt::format("Poisson distribution: the mean {} is not between 0 and {}",
                                format_number(mean), format_number(largest_poisson_mean)));
  if (mean == 0) return 0;
  return mean < 10 ? by_inversion(mean, draws.uniform()) : by_rejection(mean, draws);
}

}  // namespace bondscope
