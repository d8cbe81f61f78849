#pragma once

// Methods that turn images into features and learn a regression from these.

#include <cstdint>
#include <memory>

#include "libml/baselines/baseline.hpp"
#include "libml/baselines/hog.hpp"
#include "libml/baselines/sift.hpp"
#include "libml/baselines/visual_words.hpp"

namespace bondscope::ml {

std::unique_ptr<Baseline> make_svm_hog(std::uint64_t seed, int threads, const HogSettings& settings = {});
std::unique_ptr<Baseline> make_tree_hog(std::uint64_t seed, int threads, const HogSettings& settings = {});
std::unique_ptr<Baseline> make_svm_sift(std::uint64_t seed, int threads, const SiftSettings& settings = {},
                                        const WordSettings& words = {});

}  // namespace bondscope::ml
