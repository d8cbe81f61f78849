#pragma once

// How much memory a test asks for at once: allocations.cpp counts for the whole program.

#include <cstddef>

namespace bondscope {

/// The largest single allocation by new since the last call.
std::size_t largest_allocation();

}  // namespace bondscope
