#pragma once

// The kernel's parts: distances between images and their mirrored copies, and what is made of them.

#include <cstddef>
#include <span>
#include <vector>

#include <Eigen/Core>

#include "libml/baselines/principal_components.hpp"

namespace bondscope::ml {

/// The first components of some of these images, [row][component], as numbers to compute with.
Eigen::MatrixXd leading(const Features& features, std::span<const std::size_t> rows, std::size_t components);

/// (a_i - g b_j)ᵀ M (a_i - g b_j) for each copy g: [copy](i, j). a and b are leading components, M the metric
/// of as many (PrincipalComponents::blurred_metric()); an empty one stands for 1.
std::vector<Eigen::MatrixXd> distances_to_copies(const Eigen::MatrixXd& a, const Eigen::MatrixXd& b,
                                                 const Eigen::MatrixXd& metric,
                                                 const PrincipalComponents& components,
                                                 const std::vector<Mirrors>& copies);

/// 1/n Σ_g s_g exp(-γ distance_g), n copies with the signs s_g that a target has in them.
Eigen::MatrixXd symmetric_kernel(const std::vector<Eigen::MatrixXd>& distances,
                                 const std::vector<double>& signs, double gamma);

}  // namespace bondscope::ml
