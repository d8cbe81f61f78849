#pragma once

// Which vector instructions the inner loops use: every kernel file is compiled once for each set
// (bondscope_kernels() in cmake/libraries.cmake), and which one runs is chosen here.

#include <vector>

namespace bondscope {

/// Slowest first.
enum class Instructions { generic, avx2, avx512 };

/// "generic", "avx2", "avx512": the values of PMD_INSTRUCTIONS.
const char* to_string(Instructions instructions);

/// Those that this processor can execute and this build has, slowest first; never empty.
std::vector<Instructions> usable_instructions();

/// The fastest of them or, if the environment variable PMD_INSTRUCTIONS names one, that one. Throws
/// ConfigError if it is unknown or this processor does not have it.
Instructions chosen_instructions();

}  // namespace bondscope
