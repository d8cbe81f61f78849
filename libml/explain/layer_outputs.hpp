#pragma once

// What each layer of a network makes of images.

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "libml/train/model_folder.hpp"

namespace bondscope::ml {

/// Of one layer, for several images.
struct LayerOutputs {
  std::size_t images = 0, channels = 0;    ///< how many
  std::size_t along_kx = 1, along_ky = 1;  ///< places of a channel; 1 of layers without places
  std::vector<float> values;               ///< [image][channel][kx][ky]
  std::vector<float> of_one(std::size_t image, std::size_t channel) const;  ///< a map [kx][ky]
};

/// The layers whose outputs are of interest, from the first one: block1 …, each behind its pooling, and
/// "hidden", what the output layer sees, if the network has a hidden layer.
std::vector<std::string> layers_from_below(const NetworkSpec& spec);

/// Numbers that a layer may make of all images together: 4 GiB.
inline constexpr std::size_t most_layer_values = std::size_t{1} << 30;

/// Of one of layers_from_below(), by its position, in evaluation mode. Throws ConfigError for more images
/// than memory should hold, DataError for a layer that is not there or samples of another size.
LayerOutputs layer_outputs(const Model& model, const SampleSet& samples, std::span<const std::size_t> chosen,
                           std::size_t layer);

}  // namespace bondscope::ml
