#pragma once

// A network in words: enough to build it, and small enough to check before anything is built.

#include <cstdint>
#include <string>

namespace ml {

/// The convolutional network of Fig. 1: `blocks` times [convolution kernel×kernel with `filters` filters and
/// zero padding that keeps the size → batch normalisation → ReLU → average pooling 2×2], then dropout and one
/// fully connected layer.
struct NetworkSpec {
  std::string kind = "cnn";       ///< one of network_kinds
  int width = 256, height = 128;  ///< of the images: pixels along kx and ky
  int outputs = 1;
  int blocks = 5;
  int filters = 32;
  int kernel = 3;
  double dropout = 0.2;  ///< probability that an input of the last layer is zeroed while training
  /// Start values of weights: "glorot" (uniform, MATLAB's default) or "he" (normal, made for ReLU); biases 0.
  std::string initialisation = "glorot";

  bool operator==(const NetworkSpec&) const = default;
};

/// Throws tdse::ConfigError if the pooling does not divide the image's size evenly, naming the sizes that
/// fit.
void check(const NetworkSpec& spec);

/// Inputs of the fully connected layer: 8·4·32 = 1024 for Fig. 1.
std::int64_t features(const NetworkSpec& spec);

/// Trainable numbers: 38 657 for Fig. 1 with one output. The paper counts 37 857, with 384 weights in the
/// last layer, which 256×128 pixels after five 2×2 poolings cannot give.
std::int64_t parameter_count(const NetworkSpec& spec);

}  // namespace ml
