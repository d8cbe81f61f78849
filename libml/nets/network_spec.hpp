#pragma once

// A network in words: enough to build it, and small enough to check before anything is built.

#include <cstdint>
#include <string>

namespace bondscope::ml {

/// "cnn", the convolutional network of Fig. 1: `blocks` times [convolution kernel×kernel with `filters`
/// filters and zero padding that keeps the size → batch normalisation → ReLU → average pooling 2×2], then
/// dropout and one fully connected layer. Of images one pixel high (Sec. III, one-dimensional distributions)
/// kernels and pooling have one dimension, too.
///
/// "dense": `blocks` times [fully connected layer with `units` outputs → batch normalisation → ReLU], then
/// dropout and one fully connected layer (Sec. III).
struct NetworkSpec {
  std::string kind = "cnn";       ///< "cnn" or "dense"
  int width = 256, height = 128;  ///< of the images: pixels along kx and ky
  int outputs = 1;                ///< answers
  bool classes = false;  ///< the outputs are scores of classes (logarithms of probabilities up to a constant)
  int blocks = 5;        ///< before the last layers
  int filters = 32;      ///< cnn
  int kernel = 3;        ///< cnn
  int units = 512;       ///< dense
  double dropout = 0.2;  ///< probability that an input of the layer after the blocks is zeroed while training
  /// Outputs of one more fully connected layer with ReLU between dropout and the last layer; 0: none.
  int hidden = 0;
  /// The crop's extent, four momenta that the image itself has lost, as further inputs of the layer after the
  /// blocks.
  bool extent = false;
  /// cnn: the hidden layer works on each cell of what the blocks make (with the extent, if it is told it) by
  /// itself, so that every answer is a constant and a sum of contributions of the cells, each of which sees
  /// receptive_field() pixels.
  bool additive = false;
  /// So many networks of this kind, with start values and dropout of their own, trained side by side;
  /// together they answer their mean (of classes: mean probabilities). Their loss is the mean of theirs, so
  /// each has 1/members of its own gradient, and of a limit on the gradient: with SGD as with a smaller
  /// learning rate, with Adam no different.
  int members = 1;
  /// Start values of weights: "glorot" (uniform, MATLAB's default) or "he" (normal, made for ReLU); biases 0.
  std::string initialisation = "glorot";

  /// Whether all members are equal.
  bool operator==(const NetworkSpec&) const = default;
};

/// Numbers of a crop's extent that networks may be told.
inline constexpr int extent_inputs = 4;

/// Throws ConfigError if the pooling does not divide the image's size evenly, naming the sizes that
/// fit, and if the network would have more than most_parameters.
void check(const NetworkSpec& spec);
inline constexpr std::int64_t most_parameters = 100'000'000;  ///< that a network may have

/// What the blocks of one member make of an image: 8·4·32 = 1024 numbers for Fig. 1.
std::int64_t features(const NetworkSpec& spec);

/// What the last layer sees of them, or of the hidden layer's answers.
std::int64_t inputs_of_output(const NetworkSpec& spec);
/// What the hidden layer sees, of each cell if the network is additive.
std::int64_t inputs_of_hidden(const NetworkSpec& spec);

/// Whether answers are sums over cells: of additive networks, and of convolutional ones that have the last
/// layer only and are not told the extent. Of an ensemble of classifiers they are not.
bool is_additive(const NetworkSpec& spec);
/// Side of the square of pixels that one cell of what the blocks make has seen: 94 of Fig. 1.
int receptive_field(const NetworkSpec& spec);

/// Trainable numbers of all members: 38 657 for Fig. 1 with one output. The paper counts 37 857, with 384
/// weights in the last layer, which 256×128 pixels after five 2×2 poolings cannot give.
std::int64_t parameter_count(const NetworkSpec& spec);

}  // namespace bondscope::ml
