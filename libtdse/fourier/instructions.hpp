#pragma once

// Which vector instructions the transforms use.

#include <string>
#include <vector>

#include "libtdse/fourier/kernels.hpp"

namespace tdse {

/// The kernels that this processor can execute, slowest first; never empty.
std::vector<const Kernels*> usable_kernels();

/// The fastest of them or, if the environment variable PMD_INSTRUCTIONS names one (generic, avx2, avx512),
/// that one. Throws ConfigError if it is unknown or this processor does not have it.
const Kernels& chosen_kernels();

}  // namespace tdse
