#pragma once

// The kernels that run on this processor.

#include <vector>

#include "libtdse/fourier/kernels.hpp"

namespace bondscope::tdse {

// Real: double or float.

/// For usable_instructions(), slowest first; never empty.
template <class Real = double>
std::vector<const BasicKernels<Real>*> usable_kernels();

/// For chosen_instructions(), and throws as that.
template <class Real = double>
const BasicKernels<Real>& chosen_kernels();

}  // namespace bondscope::tdse
