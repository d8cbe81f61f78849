#pragma once

// The methods: the known image that is most like the asked one says what is true of it, or a regression
// learned from features of the images.

#include <cstdint>
#include <limits>
#include <memory>
#include <span>

#include "libml/baselines/baseline.hpp"

namespace bondscope::ml {

/// Alike is what has the smallest mean squared difference of the pixels; of several the first one. Exact: in
/// integers.
std::unique_ptr<Baseline> make_direct_mse(int threads);

/// Alike is the image in which most key points of the asked one have a counterpart. Of several with equally
/// many, none included, the mean squared difference of the pixels decides.
std::unique_ptr<Baseline> make_direct_sift(int threads);

/// Sum of the squared differences of two images of one size, exact; or, once it is sure to reach
/// `not_below`, any number that is at least that.
std::uint64_t squared_difference(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b,
                                 std::uint64_t not_below = std::numeric_limits<std::uint64_t>::max());

/// Learn a regression from histograms of oriented gradients or from frequencies of visual words.
std::unique_ptr<Baseline> make_svm_hog(std::uint64_t seed, int threads);
std::unique_ptr<Baseline> make_tree_hog(std::uint64_t seed, int threads);
std::unique_ptr<Baseline> make_svm_sift(std::uint64_t seed, int threads);

}  // namespace bondscope::ml
