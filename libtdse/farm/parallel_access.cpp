#include "libtdse/farm/parallel_access.hpp"

#include <mpi.h>

namespace bondscope::tdse {

FileAccess parallel_access() {
  return {[] {
            const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
            H5Pset_fapl_mpio(access, MPI_COMM_SELF, MPI_INFO_NULL);
            return access;
          },
          [](void* handle) { return MPI_File_sync(*static_cast<MPI_File*>(handle)) == MPI_SUCCESS; }};
}

}  // namespace bondscope::tdse
