#include "libpmd/detector/counting.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
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

/// Where each detector cell of one axis begins, in samples, and behind the last one their number.
std::vector<std::size_t> cell_begins(std::size_t points, double first, double spacing,
                                     std::optional<double> cell) {
  std::vector<std::size_t> begins;
  double before = 0;
  for (std::size_t i = 0; i < points; ++i) {
    // A position on the edge of two cells, but for rounding, belongs to the upper one.
    const double position = first + static_cast<double>(i) * spacing;
    const double index = cell ? std::floor(position / *cell + 0.5 + 1e-9) : static_cast<double>(i);
    if (i == 0 || index != before) begins.push_back(i);
    before = index;
  }
  begins.push_back(points);
  return begins;
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

void check_cell(double cell_au, const MomentumPlane& plane) {
  const double smallest = std::max(plane.dkx, plane.dky);
  if (!(cell_au >= smallest * (1 - 1e-9) && std::isfinite(cell_au)))
    throw ConfigError(fmt::format(
        "detector cell: {} a.u. is less than the spacing of the stored axes; expected at least {}",
        format_number(cell_au), format_number(smallest)));
}

std::vector<float> counted(std::span<const float> pmd, const MomentumPlane& plane, double electrons,
                           const RandomKey& key, std::optional<double> cell_au) {
  check_distribution(pmd, plane);
  if (!(electrons >= 1 && electrons <= most_electrons))
    throw ConfigError(fmt::format("electrons: {} is out of range; expected 1 to {}", format_number(electrons),
                                  format_number(most_electrons)));
  if (cell_au) check_cell(*cell_au, plane);
  double sum = 0;
  for (const float p : pmd)
    sum += p;
  std::vector<float> seen(pmd.begin(), pmd.end());
  if (sum == 0) return seen;

  const auto xs = cell_begins(plane.kx_points, plane.kx_first, plane.dkx, cell_au);
  const auto ys = cell_begins(plane.ky_points, plane.ky_first, plane.dky, cell_au);
  const double per_value = electrons / sum;
  std::uint64_t cell = 0;
  for (std::size_t a = 0; a + 1 < xs.size(); ++a)
    for (std::size_t b = 0; b + 1 < ys.size(); ++b, ++cell) {
      double content = 0;
      for (std::size_t x = xs[a]; x < xs[a + 1]; ++x)
        for (std::size_t y = ys[b]; y < ys[b + 1]; ++y)
          content += pmd[x * plane.ky_points + y];
      RandomDraws draws(key, RandomPurpose::counts, cell);
      const double count = poisson(std::min(content * per_value, most_electrons), draws);
      const auto samples = static_cast<double>((xs[a + 1] - xs[a]) * (ys[b + 1] - ys[b]));
      const auto density = static_cast<float>(count / (per_value * samples));
      for (std::size_t x = xs[a]; x < xs[a + 1]; ++x)
        for (std::size_t y = ys[b]; y < ys[b + 1]; ++y)
          seen[x * plane.ky_points + y] = density;
    }
  return seen;
}

}  // namespace bondscope
