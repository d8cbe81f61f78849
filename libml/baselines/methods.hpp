#pragma once

// The methods: the known image that is most like the asked one says what is true of it, or a regression
// learned from features of the images.
//
// What they have learned, as model folders keep it (arrays, and settings in quotes):
//   mse       images [image][kx][ky] uint8, targets [image][target] float64
//   sift      the same; descriptors [descriptor][128] uint8, one image's after the other's, and how many each
//             has in descriptors_of_image [image] int64
//   svm_*     for each target TARGET.vectors [vector][feature] float32 and TARGET.weights [vector] float64;
//             value = "TARGET.mean" + "TARGET.scale" · ("TARGET.offset" + Σ weight · exp(-"TARGET.gamma" |x -
//             vector|²)). Of svm_hog x is (feature - TARGET.feature_mean) · TARGET.feature_factor, float32
//   tree_hog  for each target TARGET.node_feature, node_below, node_above [node] int64, node_threshold
//             float32, node_value float64: from node 0 to node_below if the feature is at most the threshold,
//             else to node_above, to a node whose feature is -1; value = "TARGET.mean" + its value
//   *_sift    of svm_sift: words [word][128] float32, "parts_kx", "parts_ky"
//   likelihood  mean_image, components and odd, known, truth, weights and the settings "length_1" …,
//             "penalty", "leave_one_out"; with yields yield_weights and "mean_log_yield" (emulator.hpp)
//   kernel    mean_image, components and odd, "blur_kx", "blur_ky" (principal_components.hpp); known
//             [image][component] (add_rounded() by columns), those that were learned from; for each target
//             TARGET.weights [image] float64 and "TARGET.components", "TARGET.blur_kx", "TARGET.blur_ky"
//             (pixels), "TARGET.gamma", "TARGET.lambda", "TARGET.mean", "TARGET.leave_one_out" (the mean
//             absolute error), and "TARGET.sign_kx", "TARGET.sign_ky" where they are -1 (kernel_ridge.hpp)

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
/// The regression tree on histograms of oriented gradients.
std::unique_ptr<Baseline> make_tree_hog(std::uint64_t seed, int threads);
/// Support vectors on visual words.
std::unique_ptr<Baseline> make_svm_sift(std::uint64_t seed, int threads);

}  // namespace bondscope::ml
