#pragma once

// How HDF5 reaches a file. The serial way is built in; the farm adds a parallel one
// (farm/parallel_access.hpp).

#include <functional>

#include <hdf5.h>

namespace bondscope {

struct FileAccess {
  /// Makes a file access property list that the caller closes.
  std::function<hid_t()> properties;
  /// Returns when all that was written to the driver's own handle (H5Fget_vfd_handle) is on disk; false if
  /// that failed. Not H5Fflush: rows never wait in HDF5, and its parallel flush talks to MPI several times.
  std::function<bool(void*)> force_to_disk;
};

/// POSIX access by one process, without HDF5's own file locks (they fail on many shared file systems, and
/// readers must be able to look at a store that a farm is writing).
FileAccess serial_access();

}  // namespace bondscope
