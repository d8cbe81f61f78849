#pragma once

// MPI from the first line of main() to the last.

namespace bondscope::tdse {

class MpiSession {
 public:
  MpiSession(int& argc, char**& argv);
  MpiSession(const MpiSession&) = delete;
  MpiSession& operator=(const MpiSession&) = delete;
  ~MpiSession();

  int rank() const { return rank_; }
  int size() const { return size_; }
  /// Whether there may be threads beside the one that calls MPI.
  bool threads_allowed() const { return threads_allowed_; }

 private:
  int rank_ = 0, size_ = 1;
  bool threads_allowed_ = false;
};

}  // namespace bondscope::tdse
