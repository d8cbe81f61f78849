#include "libtdse/farm/mpi_session.hpp"

#include <algorithm>
#include <cstdlib>

#include <mpi.h>
#include <sys/resource.h>

#include "libtdse/farm/environment.hpp"

namespace bondscope::tdse {
namespace {

/// Rank 0 may have a socket to each of the others: as many open files as the system lets this process have.
void allow_connections() {
  constexpr rlim_t of_mpi = 1024;
  const rlim_t wanted = static_cast<rlim_t>(ranks_in_environment().value_or(1)) + of_mpi;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted) return;
  limit.rlim_cur = std::min(wanted, limit.rlim_max);
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

MpiSession::MpiSession(int& argc, char**& argv) {
  // Of Open MPI's two implementations of files, OMPIO insists on shared file pointers, which the store never
  // uses: for each open file it makes another one, beside the store or in a folder that is removed when a job
  // ends. ROMIO makes none. Where it was not built, OMPIO is taken all the same; its way of reading with
  // holes has a bug in 4.1.
  ::setenv("OMPI_MCA_io_ompio_priority", "1", 0);
  ::setenv("OMPI_MCA_fbtl_posix_read_datasieving", "0", 0);
  allow_connections();
  // A waiting rank leaves its core to threads and ranks that have work; where there are none it loses
  // nothing.
  ::setenv("OMPI_MCA_mpi_yield_when_idle", "1", 0);
  int provided = MPI_THREAD_SINGLE;
  MPI_Init_thread(&argc, &argv, MPI_THREAD_FUNNELED, &provided);
  threads_allowed_ = provided >= MPI_THREAD_FUNNELED;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank_);
  MPI_Comm_size(MPI_COMM_WORLD, &size_);
}

MpiSession::~MpiSession() {
  MPI_Finalize();
}

FileAccess parallel_access() {
  return {[] {
            const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
            H5Pset_fapl_mpio(access, MPI_COMM_SELF, MPI_INFO_NULL);
            return access;
          },
          [](void* handle) { return MPI_File_sync(*static_cast<MPI_File*>(handle)) == MPI_SUCCESS; }};
}

}  // namespace bondscope::tdse
