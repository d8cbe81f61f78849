#pragma once

// What a model answers when it is asked about changed copies of one image: all that methods which only ask
// (occlusion, LIME) need to know of it.

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include "libml/train/model_folder.hpp"

namespace bondscope::ml {

/// Answers [image][output] for `count` images [image][kx][ky] of inputs, as Preprocessing makes them: of a
/// regression in the targets' units, of a classifier the probabilities of its classes. Where the mean image
/// is subtracted, 0 is its pixel.
using Answers = std::function<std::vector<float>(std::span<const float> images, std::size_t count)>;

/// Scores as they come from a network, [image][class], as probabilities.
std::vector<float> softmax(std::vector<float> scores, std::size_t classes);

/// Of a network, with the crop's extent, [4] as it is told it, the same for all images; empty if it is told
/// none. `model` must live on.
Answers answers_of(const Model& model, std::vector<float> extent = {});

/// The answers for `images`, checked: throws DataError unless there is one finite value for each image and
/// output, and `output` is one of these. Returns those of `output`.
std::vector<float> ask(const Answers& answers, std::span<const float> images, std::size_t count,
                       std::size_t output);

}  // namespace bondscope::ml
