#pragma once

// The networks as LibTorch modules. Only for sources that need LibTorch; everybody else sees network.hpp.

#include <memory>

#include <torch/nn.h>

#include "libml/nets/network_spec.hpp"

namespace ml {

/// What a trainer needs of a network. Input [batch, 1, width, height], output [batch, outputs].
class NetworkModule : public torch::nn::Module {
 public:
  virtual torch::Tensor forward(torch::Tensor images) = 0;
};

/// Convolution (zero padding, same size) → batch normalisation → ReLU → average pooling 2×2.
class ConvolutionBlock : public torch::nn::Module {
 public:
  ConvolutionBlock(int channels, int filters, int kernel);
  torch::Tensor forward(torch::Tensor x);

 private:
  torch::nn::Conv2d convolution_;
  torch::nn::BatchNorm2d normalisation_;
};

class ConvolutionalNetwork : public NetworkModule {
 public:
  explicit ConvolutionalNetwork(const NetworkSpec& spec);
  torch::Tensor forward(torch::Tensor images) override;

 private:
  std::vector<std::shared_ptr<ConvolutionBlock>> blocks_;
  torch::nn::Dropout dropout_;
  torch::nn::Linear output_;
};

/// Builds the network with its start values drawn from `seed`, in channels-last memory. Throws what
/// check(spec) throws.
std::shared_ptr<NetworkModule> make_module(const NetworkSpec& spec, std::uint64_t seed);

}  // namespace ml
