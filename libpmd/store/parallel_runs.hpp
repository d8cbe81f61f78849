#pragma once

// Work on many runs of a store by several threads, although HDF5 serves one at a time.

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "libpmd/store/store.hpp"

namespace bondscope {

/// A run as it is in its store, whose checksum holds.
struct LoadedRun {
  std::size_t position = 0;  ///< among the rows asked for
  std::vector<float> pmd;    ///< [kx][ky]
  Diagnostics diagnostics;
  std::uint64_t payload_checksum = 0;
};

/// Called by several threads at a time. What it returns is called later, for one run at a time, in the order
/// of the rows and while nothing is read: there HDF5 may be used.
using RunWork = std::function<std::function<void()>(const LoadedRun&)>;

/// Calls `work` once for every row. The first error ends it all: DataErrors of a run (it is damaged or not
/// done, or its distribution is not sensible) are thrown again with its number, anything else as it is.
void work_on_runs(const Store& store, std::span<const std::size_t> rows, int threads, const RunWork& work);

}  // namespace bondscope
