#pragma once

// Kernel ridge regression on the principal components of images.

#include <memory>

#include "libml/baselines/baseline.hpp"

namespace bondscope::ml {

/// For each target the minimum of Σ (y - f)² + λ |f|² over the functions that the kernel spans,
///
///   f(z) = mean + Σ_j w_j k(z, z_j),   k(z, z') = 1/n Σ_g s_g exp(-γ |z - g z'|²_M),
///
/// z the leading principal components of a blurred image (principal_components.hpp), j over the images that
/// were learned from, g over the n copies by mirrors with the sign s_g that the target has in them: so f has
/// the symmetry exactly, as if all copies had been learned from and all answers averaged.
///
/// |…|²_M is the squared distance of the images after a blur along kx and ky: what is finer than that, such
/// as interference of half cycles, differs between images more than it says about them.
///
/// Both blurs, γ and λ are those of the smallest mean absolute leave-one-out error, and the components are as
/// few as leave it within 1 % (kernel_reduction.hpp). That error is known without leaving any out: with K =
/// (k(z_i, z_j)) + λ 1 and w = K⁻¹ (y - mean), the error of i is w_i/(K⁻¹)_ii, or a block of it where several
/// samples have a computed run in common, which are left out together (leave_out.hpp). How they are looked
/// for: kernel_search.hpp.
///
/// It takes images of bytes and floats, at most most_kernel_samples of them to learn from: work grows with
/// their third power, memory with the second.
std::unique_ptr<Baseline> make_kernel_ridge(const BaselineSettings& settings);
inline constexpr std::size_t most_kernel_samples = 12000;  ///< to learn from

}  // namespace bondscope::ml
