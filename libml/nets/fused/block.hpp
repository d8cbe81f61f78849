#pragma once

// One block of the network, convolution 3×3 → batch normalisation → ReLU → average pooling 2×2, as a single
// operator for the processor: image after image, so that what belongs together meets in the cache.

#include <torch/types.h>

namespace bondscope::ml::fused {

/// What a block consists of; the shapes are those of torch::nn::Conv2d and torch::nn::BatchNorm2d.
struct BlockTensors {
  torch::Tensor weight;                          ///< [filters, channels, 3, 3]
  torch::Tensor bias;                            ///< [filters], as all below
  torch::Tensor scale, shift;                    ///< of the normalisation
  torch::Tensor running_mean, running_variance;  ///< of the normalisation, for evaluation
};

/// How a block works.
struct BlockMode {
  bool training;    ///< statistics of the batch, which move the running ones, instead of these
  double momentum;  ///< new running value = (1 - momentum)·old + momentum·that of the batch
  double epsilon;   ///< added to the variance
};

/// Whether block() can take these: single precision on the processor, kernel 3×3, an even height and width,
/// filters a multiple of 32, channels too or one channel whose gradient nobody wants.
bool takes(const torch::Tensor& images, const BlockTensors& block);

/// [n, channels, height, width] -> [n, filters, height/2, width/2], channels last. Has a gradient with
/// respect to images, weight, bias, scale and shift, but no second one. The result does not depend on the
/// number of threads. Requires takes(images, block).
torch::Tensor block(const torch::Tensor& images, const BlockTensors& block, const BlockMode& mode);

}  // namespace bondscope::ml::fused
