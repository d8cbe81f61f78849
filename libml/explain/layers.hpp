#pragma once

// Are layers of two networks alike, and by what do they order images? Both are asked of the inner products of
// what a layer makes of the images, minus its mean over them: K_ij = (x_i - x̄)·(x_j - x̄).

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "libml/explain/layer_outputs.hpp"

namespace bondscope::ml {

/// K [image][image].
struct InnerProducts {
  std::size_t images = 0;      ///< how many
  std::vector<double> values;  ///< K_ij
};
/// Of outputs of a layer. Throws DataError for values that are not finite.
InnerProducts inner_products(const LayerOutputs& outputs);

/// Linear centred kernel alignment (S. Kornblith, M. Norouzi, H. Lee, G. Hinton, ICML 2019), HSIC(K, L) /
/// √(HSIC(K, K) HSIC(L, L)): 1 if L is K up to a factor (features rotated, or all scaled), about 0 if they
/// have nothing to do with each other. With the unbiased estimate of HSIC (L. Song et al., J. Mach. Learn.
/// Res. 13, 1393 (2012)), since there are far fewer images than features and the biased one would be near 1
/// for anything. Throws DataError unless both are of the same number of images, at least four; 0 if either
/// does not depend on them.
double alignment(const InnerProducts& a, const InnerProducts& b);

/// A direction in which a layer's outputs differ.
struct LayerComponent {
  double share = 0;            ///< of their variance
  std::vector<double> scores;  ///< of each image
};
/// Those of the largest variance, at most `most`; fewer where there are no more.
std::vector<LayerComponent> components_of(const InnerProducts& products, std::size_t most);

/// Images of one data set.
struct ImageGroup {
  const SampleSet& samples;             ///< it
  std::span<const std::size_t> chosen;  ///< of it
};

/// One layer of a network.
struct LayerFound {
  std::string layer;             ///< name
  std::vector<double> likeness;  ///< alignment with that of each other network, and last of an untrained one
  std::vector<double> shares;    ///< of the first components
  std::vector<std::vector<double>> correlations;  ///< [component][quantity]: rank correlations
};
/// All of them.
struct LayersFound {
  std::size_t images = 0;  ///< that likeness is of: those of the first group
  std::vector<std::string>
      quantities;                  ///< by which images may be ordered: parameters that differ, and "data set"
  std::vector<LayerFound> layers;  ///< the lowest first
};

/// Likeness is measured with the images of the first group, components with those of all groups together. The
/// untrained network has the model's shape, and start values of another seed. The other networks must have
/// its layers, or ConfigError says so; DataError for fewer than four images. `monitor` is called after every
/// layer.
LayersFound compare_layers(const Model& model, std::span<const Model> others,
                           std::span<const ImageGroup> groups, const LoadMonitor& monitor = {},
                           std::size_t components = 4);

/// The power of a block's filters, divided among what they can be: of the weights of a filter for one
/// channel, the mean (brightness), what is odd under inversion (edges: derivatives), and the rest (spots and
/// lines).
struct FilterPower {
  double brightness = 0;  ///< the three sum up to 1; of 3 × 3 weights drawn at random 1/9
  double edges = 0;       ///< of such weights 4/9
  double spots = 0;       ///< of such weights 4/9
};
/// Of block `block`, from 1. Throws ConfigError if the network has no convolutions or not so many blocks.
FilterPower filter_power(const Model& model, int block);

/// Weights of a block's filters; of an ensemble the first member's.
struct Filters {
  std::size_t filters = 0, channels = 0, side = 0;  ///< how many, and of what size
  std::vector<float> weights;                       ///< [filter][channel][kx][ky]
};
/// Throws as filter_power().
Filters filters_of(const Model& model, int block);

}  // namespace bondscope::ml
