#include "libtdse/farm/mpi_session.hpp"

#include <cstdlib>

#include <mpi.h>

namespace bondscope::tdse {

MpiSession::MpiSession(int& argc, char**& argv) {
  // Of Open MPI's two implementations of files, OMPIO insists on shared file pointers, which the store never
  // uses: for each open file it makes another one, beside the store or in a folder that is removed when a job
  // ends. ROMIO makes none.
  ::setenv("OMPI_MCA_io", "^ompio", 0);
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
