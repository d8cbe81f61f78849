#include "libtdse/parallel/mpi_ranks.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include <fmt/format.h>

#include "libpmd/base/error.hpp"

namespace bondscope::tdse {
namespace {

void check(int code, const char* what) {
  if (code == MPI_SUCCESS) return;
  std::array<char, MPI_MAX_ERROR_STRING> text{};
  int length = 0;
  MPI_Error_string(code, text.data(), &length);
  throw Error(fmt::format("MPI cannot {}: {}", what, text.data()));
}

bool mpi_is_running() {
  int begun = 0, ended = 0;
  MPI_Initialized(&begun);
  MPI_Finalized(&ended);
  return begun && !ended;
}

/// MPI counts in int.
int as_count(std::size_t blocks) {
  if (blocks > static_cast<std::size_t>(std::numeric_limits<int>::max()))
    throw Error(
        fmt::format("a rank would exchange {} blocks at once, more than MPI can count; use more ranks or a "
                    "smaller grid",
                    blocks));
  return static_cast<int>(blocks);
}

/// What goes from or to each rank, as MPI wants to know it.
struct Pieces {
  std::vector<int> counts, displacements;

  Pieces(const std::vector<std::size_t>& begin, std::size_t per_unit) {
    for (std::size_t r = 0; r + 1 < begin.size(); ++r) {
      counts.push_back(as_count((begin[r + 1] - begin[r]) * per_unit));
      displacements.push_back(as_count(begin[r] * per_unit));
    }
  }
};

}  // namespace

MpiRanks::Communicator::Communicator(MPI_Comm processes) {
  if (processes == MPI_COMM_NULL) throw Error("a run needs a communicator with processes in it");
  check(MPI_Comm_dup(processes, &comm_), "duplicate a communicator");
  MPI_Comm_set_errhandler(comm_, MPI_ERRORS_RETURN);
}

MpiRanks::Communicator::~Communicator() {
  if (mpi_is_running()) MPI_Comm_free(&comm_);
}

MpiRanks::MpiRanks(MPI_Comm processes) : comm_(processes) {
  check(MPI_Comm_rank(comm_.get(), &rank_), "tell a rank");
  check(MPI_Comm_size(comm_.get(), &size_), "tell the number of ranks");
  // Counted in Blocks, pieces of many gigabytes still have small numbers.
  check(MPI_Type_contiguous(static_cast<int>(smallest_unit), MPI_BYTE, &block_), "describe a block");
  check(MPI_Type_commit(&block_), "describe a block");
}

MpiRanks::~MpiRanks() {
  if (mpi_is_running()) MPI_Type_free(&block_);
}

void MpiRanks::sum(std::span<double> values) {
  constexpr std::size_t most = std::size_t{1} << 24;
  for (std::size_t begin = 0; begin < values.size(); begin += most) {
    const std::size_t count = std::min(most, values.size() - begin);
    check(MPI_Allreduce(MPI_IN_PLACE, values.data() + begin, static_cast<int>(count), MPI_DOUBLE, MPI_SUM,
                        comm_.get()),
          "add numbers of all ranks");
  }
}

void MpiRanks::exchange(const void* send, const std::vector<std::size_t>& send_begin, void* receive,
                        const std::vector<std::size_t>& receive_begin, std::size_t unit) {
  const auto ends = static_cast<std::size_t>(size_) + 1;
  if (send_begin.size() != ends || receive_begin.size() != ends)
    throw Error(fmt::format("an exchange among {} ranks needs a piece for each", size_));
  const std::size_t per_unit = unit / smallest_unit;
  const Pieces out(send_begin, per_unit), in(receive_begin, per_unit);
  check(MPI_Alltoallv(send, out.counts.data(), out.displacements.data(), block_, receive, in.counts.data(),
                      in.displacements.data(), block_, comm_.get()),
        "exchange parts of a field");
}

std::string MpiRanks::share(std::string text) {
  std::uint64_t length = text.size();
  check(MPI_Bcast(&length, 1, MPI_UINT64_T, 0, comm_.get()), "pass on a text");
  text.resize(length);
  check(MPI_Bcast(text.data(), as_count(length), MPI_CHAR, 0, comm_.get()), "pass on a text");
  return text;
}

}  // namespace bondscope::tdse
