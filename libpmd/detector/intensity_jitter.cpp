#include "libpmd/detector/intensity_jitter.hpp"

#include <cmath>
#include <utility>

#include <Eigen/Eigenvalues>
#include <fmt/format.h>

#include "libpmd/base/error.hpp"
#include "libpmd/base/text/number.hpp"

namespace bondscope {
namespace {

/// Weight of a node of Gauss and Hermite: 1/Σ h_k(x)² over the `count` Hermite polynomials that are
/// orthonormal under exp(-x²/2)/√(2π).
double hermite_weight(int count, double x) {
  double before = 0, now = 1, sum = 1;
  for (int k = 1; k < count; ++k) {
    before = std::exchange(now, (x * now - std::sqrt(k - 1.0) * before) / std::sqrt(static_cast<double>(k)));
    sum += now * now;
  }
  return 1 / sum;
}

}  // namespace

std::vector<NormalNode> normal_nodes(int count) {
  // Golub and Welsch: the nodes are the eigenvalues of the polynomials' recurrence.
  const Eigen::VectorXd steps = Eigen::VectorXd::LinSpaced(count - 1, 1, count - 1).cwiseSqrt();
  Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> recurrence;
  recurrence.computeFromTridiagonal(Eigen::VectorXd::Zero(count), steps, Eigen::EigenvaluesOnly);
  std::vector<NormalNode> nodes;
  for (int i = count / 2; i < count; ++i) {
    const double zero = 2 * i + 1 == count ? 0 : recurrence.eigenvalues()[i];
    const double weight = hermite_weight(count, zero);
    nodes.push_back({zero, weight});
    if (zero > 0) nodes.push_back({-zero, weight});
  }
  return nodes;
}

std::vector<IntensityNode> intensity_nodes(double relative_deviation, int count) {
  if (!(relative_deviation >= 0 && relative_deviation <= largest_intensity_jitter))
    throw ConfigError(fmt::format("intensity jitter: {} is out of range; expected 0 to {}",
                                  format_number(relative_deviation),
                                  format_number(largest_intensity_jitter)));
  if (count < 1 || count > most_intensity_nodes)
    throw ConfigError(
        fmt::format("intensity nodes: {} is out of range; expected 1 to {}", count, most_intensity_nodes));
  if (relative_deviation == 0) return {{1, 1}};
  std::vector<IntensityNode> nodes;
  for (const auto& node : normal_nodes(count))
    nodes.push_back({1 + relative_deviation * node.place, node.weight});
  if (nodes.back().factor <= 0)
    throw ConfigError(
        fmt::format("intensity nodes: with a jitter of {} {} nodes reach intensities below 0; expected fewer",
                    format_number(relative_deviation), count));
  return nodes;
}

std::vector<float> jittered(const DistributionAt& at, const RunParameters& parameters,
                            double relative_deviation, int nodes) {
  std::vector<double> mean;
  for (const auto& node : intensity_nodes(relative_deviation, nodes)) {
    RunParameters shot = parameters;
    shot.intensity_w_cm2 *= node.factor;
    const auto pmd = at(shot);
    if (mean.empty()) mean.resize(pmd.size());
    if (pmd.size() != mean.size())
      throw DataError(
          fmt::format("intensity jitter: distributions of {} and of {} values", mean.size(), pmd.size()));
    for (std::size_t i = 0; i < pmd.size(); ++i)
      mean[i] += node.weight * pmd[i];
  }
  return {mean.begin(), mean.end()};
}

}  // namespace bondscope
