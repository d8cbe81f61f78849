#pragma once

// MPI from the first line of main() to the last, and how its ranks reach the store.

#include "libpmd/store/file_access.hpp"

namespace bondscope::tdse {

/// MPI as long as this lives; one per program.
class MpiSession {
 public:
  /// Starts MPI.
  MpiSession(int& argc, char**& argv);
  MpiSession(const MpiSession&) = delete;
  MpiSession& operator=(const MpiSession&) = delete;
  ~MpiSession();

  /// Of this process, from 0.
  int rank() const { return rank_; }
  /// Number of processes.
  int size() const { return size_; }
  /// Whether there may be threads beside the one that calls MPI.
  bool threads_allowed() const { return threads_allowed_; }

 private:
  int rank_ = 0, size_ = 1;
  bool threads_allowed_ = false;
};

/// HDF5's MPI driver with this process alone in its group. Each rank opens the store for itself and writes
/// its own rows, so nothing here is collective and no rank waits for, or dies with, another one. MPI must be
/// running.
FileAccess parallel_access();

}  // namespace bondscope::tdse
