#pragma once

// The ranks of one run as processes of an MPI job. The solver itself knows no MPI.

#include <string>

#include <mpi.h>

#include "libtdse/solver/team.hpp"

namespace bondscope::tdse {

/// The processes of a communicator, e.g. a part of MPI_COMM_WORLD that has one run to itself. MPI must be
/// running for as long as this lives. Only the thread that calls a member uses MPI: MPI_THREAD_FUNNELED is
/// enough.
///
/// All members but rank() and size() are collective, and throw Error with MPI's reason. Such an error may
/// come on one rank only and leaves the others waiting: the program must then end them all (MPI_Abort).
class MpiRanks : public Ranks {
 public:
  /// Duplicates the communicator, so that messages of others cannot be mixed up with these.
  explicit MpiRanks(MPI_Comm processes);
  MpiRanks(const MpiRanks&) = delete;
  MpiRanks& operator=(const MpiRanks&) = delete;
  ~MpiRanks() override;

  /// Of this process.
  int rank() const override { return rank_; }
  /// Number of processes.
  int size() const override { return size_; }

  /// Adding zeros is exact in whatever order MPI does it: where all ranks but one have zero, the sum is that
  /// rank's number for every number of ranks. (Of its bits only the sign of a zero may change.)
  void sum(std::span<double> values) override;
  using Ranks::exchange;
  void exchange(const void* send, const std::vector<std::size_t>& send_begin, void* receive,
                const std::vector<std::size_t>& receive_begin, std::size_t unit) override;

  /// Its own communicator, for libraries that know MPI.
  MPI_Comm processes() const { return comm_.get(); }

  /// Rank 0's text, on every rank; what the others give is ignored.
  std::string share(std::string text);

 private:
  /// A communicator of its own whose errors are returned and not fatal.
  class Communicator {
   public:
    explicit Communicator(MPI_Comm processes);
    Communicator(const Communicator&) = delete;
    Communicator& operator=(const Communicator&) = delete;
    ~Communicator();
    MPI_Comm get() const { return comm_; }

   private:
    MPI_Comm comm_ = MPI_COMM_NULL;
  };

  Communicator comm_;
  MPI_Datatype block_ = MPI_DATATYPE_NULL;
  int rank_ = 0, size_ = 1;
};

}  // namespace bondscope::tdse
