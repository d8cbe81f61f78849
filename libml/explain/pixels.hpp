#pragma once

// From an image's pixels back to what they stand for.

#include <cstddef>
#include <vector>

#include "libml/data/samples.hpp"

namespace bondscope::ml {

/// A sample's grey levels or floats, [kx][ky].
std::vector<float> pixels_of(const SampleSet& samples, std::size_t sample);

/// What probability each pixel stands for, up to a factor that is the same for all: undoes logarithm and
/// power.
std::vector<float> probability_of(std::vector<float> pixels, const ImageSettings& image);

/// Whether the images of this run are their own mirror images along ky: of the plane, of molecules along the
/// field.
bool is_symmetric(const SampleSet& samples, std::size_t sample);

}  // namespace bondscope::ml
