#pragma once

// A kernel as small as it can be told.

#include <span>
#include <vector>

#include <Eigen/Core>

#include "libml/baselines/kernel_search.hpp"

namespace bondscope::ml {

/// What a kernel was found for.
struct KernelTask {
  TargetKernel kernel;        ///< that was found
  std::vector<double> signs;  ///< of the target, by copy
  Eigen::VectorXd truth;      ///< about its mean, [sample]
};

/// Kernels of several targets and what they look at.
struct SmallKernels {
  PrincipalComponents components;     ///< of images with the common blur
  Features known;                     ///< of the samples that were learned from
  std::vector<TargetKernel> kernels;  ///< in the order of the tasks
};

/// The same kernels with as few components as leave each error on samples left out at most by 1 % larger.
/// Blurred before distances are taken, images have more components than are seen: those of images with the
/// blur that all targets have in common are fewer. The numbers of the samples are rounded to 16 bits
/// (arrays/rounded.hpp) if the errors allow it. `samples` at `train` are those of `found`, in their order.
SmallKernels fewest_components(const SampleSet& samples, std::span<const std::size_t> train, Mirrors mirrors,
                               const KernelSamples& found, std::span<const KernelTask> tasks, int threads,
                               const LoadMonitor& monitor);

}  // namespace bondscope::ml
