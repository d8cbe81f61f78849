#pragma once

// How many threads there are to be, and one piece of work for each of many items on them.

#include <cstddef>
#include <functional>

namespace bondscope {

/// Processors that this process may run on, or OMP_NUM_THREADS if that is smaller; at least 1.
int available_threads();

/// Calls work(i) once for every i in 0 … count-1, begun in this order by up to `threads` threads, and `done`
/// (if there is one) after each, from one thread at a time, with how many are done and `count`. The first
/// error that either throws ends it all and is thrown again.
void for_each_index(std::size_t count, int threads, const std::function<void(std::size_t)>& work,
                    const std::function<void(std::size_t, std::size_t)>& done = {});

}  // namespace bondscope
