#pragma once

// Methods that turn images into features and learn a regression from these.

#include <cstdint>
#include <memory>

#include "libml/baselines/baseline.hpp"

namespace bondscope::ml {

std::unique_ptr<Baseline> make_svm_hog(std::uint64_t seed, int threads);
std::unique_ptr<Baseline> make_tree_hog(std::uint64_t seed, int threads);
std::unique_ptr<Baseline> make_svm_sift(std::uint64_t seed, int threads);

}  // namespace bondscope::ml
