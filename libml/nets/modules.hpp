#pragma once

// The networks as LibTorch modules. Only for sources that need LibTorch; everybody else sees network.hpp.

#include <memory>
#include <vector>

#include <torch/nn.h>

#include "libml/nets/network_spec.hpp"

namespace bondscope::ml {

/// What a trainer needs of a network: blocks, one behind the other, and the layers after them.
class NetworkModule : public torch::nn::Module {
 public:
  /// What the first `count` blocks make of images [batch, 1, width, height].
  virtual torch::Tensor blocks(torch::Tensor images, int count) = 0;
  /// The network's answer from what its first `count` blocks have made; `extent` [batch, 4] if the network is
  /// told it. [batch, outputs], or [batch, member, outputs] of an ensemble that trains.
  virtual torch::Tensor rest(torch::Tensor features, const torch::Tensor& extent, int count) = 0;
  /// What the last block makes of images before it pools, [batch, channels, kx, ky]; of a network with
  /// convolutions only. For those who explain answers.
  virtual torch::Tensor unpooled(torch::Tensor images) = 0;
  /// What the last layer sees, [batch, features]; `extent` as of rest(). For those who explain answers.
  virtual torch::Tensor seen_by_output(torch::Tensor images, const torch::Tensor& extent) = 0;
  /// Parts of the answers, [batch, outputs, cells along kx, along ky], that with a constant sum up to them.
  /// Of a network that is_additive() only.
  virtual torch::Tensor contributions(torch::Tensor images, const torch::Tensor& extent) = 0;
  /// Images [n, 1, kx, ky] to answers [n, outputs].
  torch::Tensor forward(torch::Tensor images, const torch::Tensor& extent = {}) {
    return rest(std::move(images), extent, 0);
  }

  /// From now on the first `count` blocks do not learn: no gradients, and their batch normalisation keeps and
  /// uses its running statistics, also while the others train.
  void freeze(int count);
  /// Number of first blocks that stay as they are.
  int frozen() const { return frozen_; }
  /// Frozen blocks stay in evaluation mode.
  void train(bool on = true) override;

 protected:
  /// The modules that are frozen together.
  virtual std::vector<std::shared_ptr<torch::nn::Module>> first_blocks(int count) = 0;

 private:
  int frozen_ = 0;
};

/// Convolution (zero padding, same size) → batch normalisation → ReLU → average pooling 2×2; of images one
/// pixel high along their width only.
class ConvolutionBlock : public torch::nn::Module {
 public:
  /// `one_dimensional`: kernels and pooling of height 1.
  ConvolutionBlock(int channels, int filters, int kernel, bool one_dimensional = false);
  /// [n, channels, kx, ky] to [n, filters, kx/2, ky/2].
  torch::Tensor forward(torch::Tensor x);
  /// The same before the pooling, by LibTorch's operators: [n, filters, kx, ky].
  torch::Tensor unpooled(torch::Tensor x);

 private:
  torch::nn::Conv2d convolution_;
  torch::nn::BatchNorm2d normalisation_;
  bool one_dimensional_;
};

/// Fully connected layer → batch normalisation → ReLU.
class DenseBlock : public torch::nn::Module {
 public:
  /// Layers of `units` units.
  DenseBlock(std::int64_t inputs, int units);
  /// [n, inputs] to [n, units].
  torch::Tensor forward(torch::Tensor x);

 private:
  torch::nn::Linear linear_;
  torch::nn::BatchNorm1d normalisation_;
};

/// Builds the network with its start values drawn from `seed`, in channels-last memory. Throws what
/// check(spec) throws.
std::shared_ptr<NetworkModule> make_module(const NetworkSpec& spec, std::uint64_t seed);

}  // namespace bondscope::ml
