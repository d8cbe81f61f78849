#include "libtdse/farm/mpi_session.hpp"

#include <cstdlib>

#include <mpi.h>

namespace tdse {

MpiSession::MpiSession(int& argc, char**& argv) {
  // Open MPI 4.1's read data sieving returns wrong data in some cases; it gains nothing for contiguous rows.
  ::setenv("OMPI_MCA_fbtl_posix_read_datasieving", "0", 0);
  // The store uses no shared file pointers, but Open MPI insists on having them. All ways but this one make
  // files beside the store, which a killed rank would leave there.
  ::setenv("OMPI_MCA_sharedfp", "sm", 0);
  MPI_Init(&argc, &argv);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank_);
  MPI_Comm_size(MPI_COMM_WORLD, &size_);
}

MpiSession::~MpiSession() {
  MPI_Finalize();
}

}  // namespace tdse
