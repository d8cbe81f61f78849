#pragma once

// The kernels that run on this processor.

#include <vector>

#include "libtdse/fourier/kernels.hpp"

namespace bondscope::tdse {

/// For usable_instructions(), slowest first; never empty.
std::vector<const Kernels*> usable_kernels();

/// For chosen_instructions(), and throws as that.
const Kernels& chosen_kernels();

}  // namespace bondscope::tdse
