#pragma once

// How the farm's ranks reach the store.

#include "libpmd/store/file_access.hpp"

namespace bondscope::tdse {

/// HDF5's MPI driver with this process alone in its group. Each rank opens the store for itself and writes
/// its own rows, so nothing here is collective and no rank waits for, or dies with, another one. MPI must be
/// running.
FileAccess parallel_access();

}  // namespace bondscope::tdse
