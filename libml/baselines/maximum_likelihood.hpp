#pragma once

// The parameters under which a distribution is most probable, from an emulator of distributions.

#include <memory>

#include "libml/baselines/baseline.hpp"

namespace bondscope::ml {

/// Likelihood (likelihood.hpp) of the shares that images show, over an Emulator of them. All that differs
/// between the runs must be among the targets, as itself, since a distribution depends on all of it. Images
/// are floats of a fixed window, powers of probabilities of the upper half or the plane. Of the plane, with a
/// mirror along ky, both halves count together: twice the electrons of one.
std::unique_ptr<Baseline> make_maximum_likelihood(const BaselineSettings& settings);

}  // namespace bondscope::ml
