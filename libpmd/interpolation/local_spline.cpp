#include "libpmd/interpolation/local_spline.hpp"

#include <algorithm>
#include <cmath>

#include <Eigen/LU>

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

}  // namespace

std::vector<double> spline_weights(std::span<const Position> nodes, const Position& at) {
  const std::size_t n = nodes.size();
  double reach = 0;  // lengths in units of it keep the matrix well scaled
  for (const auto& node : nodes)
    reach = std::max(reach, distance(node, at));
  const auto fail = [] { throw DataError("the nodes of a spline lie on one line, or two are the same"); };
  if (n < 3 || !(reach > 0)) fail();
  const auto count = static_cast<Eigen::Index>(n), size = count + 3;
  Eigen::MatrixXd a = Eigen::MatrixXd::Zero(size, size);
  Eigen::VectorXd b = Eigen::VectorXd::Zero(size);
  for (Eigen::Index i = 0; i < count; ++i) {
    const Position& node = nodes[static_cast<std::size_t>(i)];
    for (Eigen::Index j = 0; j < i; ++j)
      a(i, j) = a(j, i) = thin_plate(distance(node, nodes[static_cast<std::size_t>(j)]) / reach);
    const Eigen::Vector3d polynomial{1, (node[0] - at[0]) / reach, (node[1] - at[1]) / reach};
    a.block<1, 3>(i, count) = polynomial.transpose();
    a.block<3, 1>(count, i) = polynomial;
    b[i] = thin_plate(distance(node, at) / reach);
  }
  b[count] = 1;
  const Eigen::FullPivLU<Eigen::MatrixXd> decomposition(a);
  if (!decomposition.isInvertible()) fail();
  const Eigen::VectorXd solution = decomposition.solve(b);
  std::vector<double> weights(solution.begin(), solution.begin() + count);
  if (!(std::abs(solution.head(count).sum() - 1) < 1e-6)) fail();
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
