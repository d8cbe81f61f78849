#pragma once

namespace bondscope {

/// Processors that this process may run on, or OMP_NUM_THREADS if that is smaller; at least 1.
int available_threads();

}  // namespace bondscope
