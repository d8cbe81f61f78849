#pragma once

// Solutions of ridge regression together with the error on samples that were left out.

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include <Eigen/Core>

#include "libml/data/samples.hpp"

namespace bondscope::ml {

/// For each sample those that are left out with it, ascending, itself among them; empty: each alone.
using LeftOut = std::vector<std::vector<Eigen::Index>>;

/// With each of the samples at these positions go those that have a computed run in common with it
/// (Sample::roots), e.g. other noisy draws of the same run, or averages interpolated between the same ones.
LeftOut left_out_together(const SampleSet& samples, std::span<const std::size_t> positions);

/// Of these rows only, which are ascending.
LeftOut of_rows(const LeftOut& all, std::span<const std::size_t> rows);

/// Weights of targets, and what leaving samples out would show.
struct RidgeSolution {
  Eigen::MatrixXd weights;  ///< [sample][target]
  Eigen::MatrixXd errors;   ///< of each sample if it were left out, [sample][target]
};

/// w = K⁻¹ y for a symmetric positive matrix K and the truth y [sample][target]. With the samples S left out,
/// the errors on them are ((K⁻¹)_SS)⁻¹ w_S. Nothing if the matrix is not positive to rounding.
std::optional<RidgeSolution> solve_ridge(Eigen::MatrixXd matrix, const Eigen::MatrixXd& truth,
                                         const LeftOut& left_out);

}  // namespace bondscope::ml
