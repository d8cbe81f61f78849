#include "libpmd/interpolation/local_spline.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "libpmd/base/error.hpp"

namespace bondscope {
namespace {

double distance(const Position& a, const Position& b) {
  return std::hypot(a[0] - b[0], a[1] - b[1]);
}

/// r² ln r
double thin_plate(double r) {
  return r > 0 ? r * r * std::log(r) : 0;
}

/// Solves a x = b by Gaussian elimination, row-major a[n][n]; x replaces b. False if a is singular.
bool solve(std::vector<double>& a, std::vector<double>& b) {
  const std::size_t n = b.size();
  for (std::size_t k = 0; k < n; ++k) {
    std::size_t pivot = k;
    for (std::size_t i = k + 1; i < n; ++i)
      if (std::abs(a[i * n + k]) > std::abs(a[pivot * n + k])) pivot = i;
    if (!(std::abs(a[pivot * n + k]) > 1e-13)) return false;
    if (pivot != k) {
      std::swap_ranges(&a[k * n], &a[k * n] + n, &a[pivot * n]);
      std::swap(b[k], b[pivot]);
    }
    for (std::size_t i = k + 1; i < n; ++i) {
      const double factor = a[i * n + k] / a[k * n + k];
      for (std::size_t j = k; j < n; ++j)
        a[i * n + j] -= factor * a[k * n + j];
      b[i] -= factor * b[k];
    }
  }
  for (std::size_t k = n; k-- > 0;) {
    for (std::size_t j = k + 1; j < n; ++j)
      b[k] -= a[k * n + j] * b[j];
    b[k] /= a[k * n + k];
  }
  return true;
}

}  // namespace

std::vector<double> spline_weights(std::span<const Position> nodes, const Position& at) {
  const std::size_t n = nodes.size();
  double reach = 0;  // lengths in units of it keep the matrix well scaled
  for (const auto& node : nodes)
    reach = std::max(reach, distance(node, at));
  const auto fail = [] { throw DataError("the nodes of a spline lie on one line, or two are the same"); };
  if (n < 3 || !(reach > 0)) fail();
  const std::size_t size = n + 3;
  std::vector<double> a(size * size), b(size);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < i; ++j)
      a[i * size + j] = a[j * size + i] = thin_plate(distance(nodes[i], nodes[j]) / reach);
    const std::array<double, 3> polynomial{1, (nodes[i][0] - at[0]) / reach, (nodes[i][1] - at[1]) / reach};
    for (std::size_t k = 0; k < 3; ++k)
      a[i * size + n + k] = a[(n + k) * size + i] = polynomial[k];
    b[i] = thin_plate(distance(nodes[i], at) / reach);
  }
  b[n] = 1;
  if (!solve(a, b)) fail();
  std::vector<double> weights(b.begin(), b.begin() + static_cast<std::ptrdiff_t>(n));
  const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
  if (!(std::abs(sum - 1) < 1e-6)) fail();
  return weights;
}

std::vector<std::size_t> nearest_points(std::span<const Position> points, const Position& at,
                                        std::size_t count) {
  std::vector<std::pair<double, std::size_t>> by_distance;
  for (std::size_t i = 0; i < points.size(); ++i)
    by_distance.emplace_back(distance(points[i], at), i);
  const auto kept = by_distance.begin() + static_cast<std::ptrdiff_t>(std::min(count, points.size()));
  std::partial_sort(by_distance.begin(), kept, by_distance.end());
  std::vector<std::size_t> nearest;
  for (auto i = by_distance.begin(); i != kept; ++i)
    nearest.push_back(i->second);
  return nearest;
}

}  // namespace bondscope
