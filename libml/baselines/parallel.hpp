#pragma once

// One piece of work for each of many items, on several threads.

#include <cstddef>
#include <functional>

#include "libml/data/samples.hpp"

namespace bondscope::ml {

/// Calls work(i) once for every i in 0 … count-1, from up to `threads` threads, and `monitor` (if there is
/// one) after each, from one thread at a time. The first error that either throws ends it all and is thrown
/// again.
void for_each_index(std::size_t count, int threads, const std::function<void(std::size_t)>& work,
                    const LoadMonitor& monitor = {});

}  // namespace bondscope::ml
