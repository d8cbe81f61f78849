#include "libpmd/detector/resolution.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "libpmd/base/error.hpp"
#include "libpmd/base/text/number.hpp"

namespace bondscope {
namespace {

/// to[j] += weight · from[j]
void add(std::span<double> to, std::span<const double> from, double weight) {
  for (std::size_t j = 0; j < to.size(); ++j)
    to[j] += weight * from[j];
}

/// Adds each of `lines` lines of `length` values to its neighbours up to kernel.size() - 1 lines away.
std::vector<double> across_lines(const std::vector<double>& values, std::size_t lines, std::size_t length,
                                 const std::vector<double>& kernel) {
  std::vector<double> result(values.size());
  const auto line = [&](std::size_t i) { return std::span(values).subspan(i * length, length); };
  for (std::size_t i = 0; i < lines; ++i) {
    const auto to = std::span(result).subspan(i * length, length);
    add(to, line(i), kernel[0]);
    for (std::size_t n = 1; n < kernel.size(); ++n) {
      if (n > i && i + n >= lines) break;
      if (n <= i) add(to, line(i - n), kernel[n]);
      if (i + n < lines) add(to, line(i + n), kernel[n]);
    }
  }
  return result;
}

std::vector<double> along_lines(const std::vector<double>& values, std::size_t lines, std::size_t length,
                                const std::vector<double>& kernel) {
  std::vector<double> result(values.size());
  for (std::size_t i = 0; i < lines; ++i) {
    const auto from = std::span(values).subspan(i * length, length);
    const auto to = std::span(result).subspan(i * length, length);
    add(to, from, kernel[0]);
    for (std::size_t n = 1; n < std::min(kernel.size(), length); ++n) {
      add(to.subspan(n), from.first(length - n), kernel[n]);
      add(to.first(length - n), from.subspan(n), kernel[n]);
    }
  }
  return result;
}

}  // namespace

std::vector<double> gaussian_weights(double sigma) {
  if (sigma == 0) return {1};
  const auto last = static_cast<std::size_t>(std::ceil(9 * sigma)) + (sigma < 1 ? 12 : 0);
  std::vector<double> weights;
  double sum = 0;
  for (std::size_t i = 0; i <= last; ++i) {
    const auto n = static_cast<double>(i);
    weights.push_back(sigma < 1 ? std::cyl_bessel_i(n, sigma * sigma)
                                : std::exp(-0.5 * std::pow(n / sigma, 2)));
    sum += (i == 0 ? 1 : 2) * weights.back();
  }
  for (auto& weight : weights)
    weight /= sum;
  while (weights.size() > 1 && weights.back() < 1e-17)
    weights.pop_back();
  return weights;
}

std::vector<float> blurred(std::span<const float> pmd, const MomentumPlane& plane, double sigma) {
  check_distribution(pmd, plane);
  if (!(sigma >= 0 && sigma <= largest_resolution_au))
    throw ConfigError(fmt::format("resolution: {} a.u. is out of range; expected 0 to {}",
                                  format_number(sigma), format_number(largest_resolution_au)));
  std::vector<double> values(pmd.begin(), pmd.end());
  values = across_lines(values, plane.kx_points, plane.ky_points, gaussian_weights(sigma / plane.dkx));
  values = along_lines(values, plane.kx_points, plane.ky_points, gaussian_weights(sigma / plane.dky));
  return {values.begin(), values.end()};
}

}  // namespace bondscope
