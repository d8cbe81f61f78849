#include "libpmd/inspect/outliers.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <numeric>

#include <Eigen/Dense>

#include "libpmd/base/statistics/quantile.hpp"

namespace bondscope {
namespace {

constexpr Eigen::Index terms = 10;  // of a cubic polynomial in two variables
constexpr std::size_t fewest_points = 25, neighbours = 8, neighbourhood = 1000;
// Where the neighbours leave more than a half plane open, a trend would have to be extrapolated.
constexpr double outermost_gap = 1.05 * std::numbers::pi;

Eigen::RowVectorXd monomials(const TrendPoint& p) {
  Eigen::RowVectorXd m(terms);
  m << 1, p.x, p.y, p.x * p.x, p.x * p.y, p.y * p.y, p.x * p.x * p.x, p.x * p.x * p.y, p.x * p.y * p.y,
      p.y * p.y * p.y;
  return m;
}

std::vector<double> deviations_from_fit(std::span<const TrendPoint> points) {
  const auto n = static_cast<Eigen::Index>(points.size());
  Eigen::MatrixXd polynomial(n, terms);
  Eigen::VectorXd values(n), weight = Eigen::VectorXd::Ones(n);
  for (Eigen::Index i = 0; i < n; ++i) {
    polynomial.row(i) = monomials(points[static_cast<std::size_t>(i)]);
    values(i) = points[static_cast<std::size_t>(i)].value;
  }
  std::vector<double> residual(points.size());
  for (int round = 0; round < 10; ++round) {
    const Eigen::MatrixXd weighted = polynomial.transpose() * weight.asDiagonal();
    Eigen::MatrixXd normal = weighted * polynomial;
    // The ridge keeps it solvable where all points lie on a line or share one place.
    normal.diagonal().array() += 1e-8 * static_cast<double>(n);
    Eigen::Map<Eigen::VectorXd>(residual.data(), n) =
        values - polynomial * normal.ldlt().solve(weighted * values);
    const double scale = std::max(robust_deviation(residual), 1e-12);
    for (Eigen::Index i = 0; i < n; ++i) {
      // Tukey's biweight: far points lose all influence.
      const double z = residual[static_cast<std::size_t>(i)] / (4.685 * scale);
      weight(i) = std::abs(z) < 1 ? (1 - z * z) * (1 - z * z) : 0;
    }
  }
  return residual;
}

/// Places shifted and scaled to mean 0 and deviation 1, in the order of x.
std::vector<TrendPoint> standardised(std::span<const TrendPoint> points,
                                     const std::vector<std::size_t>& order) {
  std::vector<TrendPoint> scaled;
  for (const auto i : order)
    scaled.push_back(points[i]);
  for (double TrendPoint::*member : {&TrendPoint::x, &TrendPoint::y}) {
    double mean = 0, square = 0;
    for (const auto& p : scaled)
      mean += p.*member / static_cast<double>(scaled.size());
    for (const auto& p : scaled)
      square += (p.*member - mean) * (p.*member - mean);
    const double deviation = std::sqrt(square / static_cast<double>(scaled.size()));
    for (auto& p : scaled)
      p.*member = deviation > 0 ? (p.*member - mean) / deviation : 0;
  }
  return scaled;
}

/// The widest angle, radians, that no direction lies in.
double widest_gap(std::vector<double> directions) {
  std::sort(directions.begin(), directions.end());
  double gap = directions.front() + 2 * std::numbers::pi - directions.back();
  for (std::size_t n = 1; n < directions.size(); ++n)
    gap = std::max(gap, directions[n] - directions[n - 1]);
  return gap;
}

}  // namespace

std::vector<double> trend_residuals(std::span<const TrendPoint> points) {
  if (points.size() < fewest_points) return {};
  std::vector<std::size_t> order(points.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return points[a].x < points[b].x; });
  const auto scaled = standardised(points, order);
  const auto deviation = deviations_from_fit(scaled);

  std::vector<double> residuals(points.size());
  std::vector<std::pair<double, std::size_t>> near;  // distance, which
  for (std::size_t i = 0; i < scaled.size(); ++i) {
    near.clear();
    const std::size_t first = i > neighbourhood / 2 ? i - neighbourhood / 2 : 0;
    for (std::size_t j = first; j < std::min(first + neighbourhood, scaled.size()); ++j)
      if (j != i) near.emplace_back(std::hypot(scaled[i].x - scaled[j].x, scaled[i].y - scaled[j].y), j);
    std::nth_element(near.begin(), near.begin() + neighbours - 1, near.end());
    std::vector<double> around, directions;
    for (std::size_t n = 0; n < neighbours; ++n) {
      const auto& neighbour = scaled[near[n].second];
      around.push_back(deviation[near[n].second]);
      directions.push_back(std::atan2(neighbour.y - scaled[i].y, neighbour.x - scaled[i].x));
    }
    if (widest_gap(std::move(directions)) > outermost_gap) continue;
    residuals[order[i]] = deviation[i] - median(std::move(around));
  }
  return residuals;
}

}  // namespace bondscope
