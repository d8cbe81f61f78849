#pragma once

// How HDF5 reaches a file. The serial way is built in; the farm adds a parallel one
// (farm/parallel_access.hpp).

#include <functional>

#include <hdf5.h>

namespace tdse {

/// Makes a file access property list that the caller closes.
using FileAccess = std::function<hid_t()>;

/// POSIX access by one process, without HDF5's own file locks (they fail on many shared file systems, and
/// readers must be able to look at a store that a farm is writing).
FileAccess serial_access();

}  // namespace tdse
