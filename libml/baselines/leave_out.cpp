#include "libml/baselines/leave_out.hpp"

#include <algorithm>
#include <unordered_map>

#include <Eigen/Cholesky>

namespace bondscope::ml {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

/// The inverse's diagonal: column by column of the inverse of L only what is below the diagonal.
VectorXd inverse_diagonal(const MatrixXd& lower) {
  const Index n = lower.rows();
  constexpr Index width = 64;
  VectorXd diagonal(n);
  for (Index first = 0; first < n; first += width) {
    const Index columns = std::min(width, n - first);
    MatrixXd part = MatrixXd::Zero(n - first, columns);
    part.topRows(columns).setIdentity();
    lower.bottomRightCorner(n - first, n - first).triangularView<Eigen::Lower>().solveInPlace(part);
    diagonal.segment(first, columns) = part.colwise().squaredNorm();
  }
  return diagonal;
}

/// [sample][target]
MatrixXd group_errors(const MatrixXd& inverse, const MatrixXd& weights, const LeftOut& left_out) {
  MatrixXd errors(weights.rows(), weights.cols());
  std::vector<bool> known(left_out.size());
  for (std::size_t i = 0; i < left_out.size(); ++i) {
    if (known[i]) continue;
    const auto& group = left_out[i];
    const MatrixXd block = inverse(group, group);
    const MatrixXd of_group = block.llt().solve(weights(group, Eigen::all));
    for (std::size_t g = 0; g < group.size(); ++g) {
      const auto member = static_cast<std::size_t>(group[g]);
      if (left_out[member] != group) continue;
      errors.row(group[g]) = of_group.row(static_cast<Index>(g));
      known[member] = true;
    }
  }
  return errors;
}

}  // namespace

LeftOut left_out_together(const SampleSet& samples, std::span<const std::size_t> positions) {
  std::unordered_map<std::uint64_t, std::vector<Index>> users;
  for (std::size_t i = 0; i < positions.size(); ++i)
    for (const auto root : samples.samples[positions[i]].roots)
      users[root].push_back(static_cast<Index>(i));
  LeftOut all;
  bool alone = true;
  for (std::size_t i = 0; i < positions.size(); ++i) {
    auto& together = all.emplace_back(1, static_cast<Index>(i));
    for (const auto root : samples.samples[positions[i]].roots)
      together.insert(together.end(), users[root].begin(), users[root].end());
    std::ranges::sort(together);
    together.erase(std::unique(together.begin(), together.end()), together.end());
    alone = alone && together.size() == 1;
  }
  return alone ? LeftOut() : all;
}

LeftOut of_rows(const LeftOut& all, std::span<const std::size_t> rows) {
  if (all.empty()) return {};
  std::vector<Index> place(all.size(), -1);
  for (std::size_t i = 0; i < rows.size(); ++i)
    place[rows[i]] = static_cast<Index>(i);
  LeftOut some;
  for (const auto row : rows) {
    auto& together = some.emplace_back();
    for (const auto other : all[row])
      if (const auto there = place[static_cast<std::size_t>(other)]; there >= 0) together.push_back(there);
  }
  return some;
}

std::optional<RidgeSolution> solve_ridge(MatrixXd matrix, const MatrixXd& truth, const LeftOut& left_out) {
  const Eigen::LLT<Eigen::Ref<MatrixXd>> factors(matrix);
  if (factors.info() != Eigen::Success) return {};
  RidgeSolution solution{factors.solve(truth), {}};
  solution.errors = left_out.empty()
                        ? MatrixXd(solution.weights.array().colwise() / inverse_diagonal(matrix).array())
                        : group_errors(factors.solve(MatrixXd::Identity(matrix.rows(), matrix.cols())),
                                       solution.weights, left_out);
  if (!solution.weights.allFinite() || !solution.errors.allFinite()) return {};
  return solution;
}

}  // namespace bondscope::ml
